import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { commandLine } from './command-line.ts'
import { bundlePrograms } from './image/bundle.ts'
import { ociArchive } from './image/oci-archive.ts'
import { operatorImage } from './image/operator-image.ts'
import { cacheDirectory } from './testbed/places.ts'

const usage = `Makes the operator's image as an OCI archive, without a container engine.

  npm run image -- [flags]

  --reference NAME     how it will be called; default: localhost/kbnt-operator:VERSION
  --output FILE        the archive; default: in the cache of this project
  --bundle-only FOLDER only the programs, as files of this folder; main.mjs starts them
`

const { values } = commandLine(usage, {
  options: {
    reference: { type: 'string', default: `localhost/kbnt-operator:${manifest.version}` },
    output: { type: 'string', default: join(cacheDirectory(process.env), 'image', 'kbnt-operator.tar') },
    'bundle-only': { type: 'string' },
  },
})

const folder = values['bundle-only']
if (folder) {
  for (const { name, content } of await bundlePrograms()) await write(join(folder, name), content)
} else {
  const { content, digest } = ociArchive(await operatorImage(values.reference))
  await write(values.output, content)
  console.log(`${values.reference} ${digest}`)
}

async function write(path: string, content: Uint8Array): Promise<void> {
  const absolute = resolve(path)
  await mkdir(dirname(absolute), { recursive: true })
  await writeFile(absolute, content)
  console.log(`${absolute} ${Math.round(content.length / 1024)} KiB`)
}
