import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { commandLine } from './command-line.ts'
import { bundleFiles } from './olm/bundle-files.ts'

const usage = `Writes the OLM bundle to a folder; operator-sdk bundle validate FOLDER and operator-sdk scorecard FOLDER take it.

  node hack/olm-bundle.ts [flags]

  --image NAME      the operator's image; default: localhost/kbnt-operator:VERSION
  --output FOLDER   default: bundle
`

const { values } = commandLine(usage, {
  options: {
    image: { type: 'string', default: `localhost/kbnt-operator:${manifest.version}` },
    output: { type: 'string', default: 'bundle' },
  },
})

const folder = resolve(values.output)
const files = await bundleFiles(values.image)
// a file of an earlier version must not stay
for (const part of ['manifests', 'metadata', 'tests']) await rm(join(folder, part), { recursive: true, force: true })
for (const [path, content] of files) {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), content)
}
console.log(`${folder}: ${files.size} files for ${values.image}`)
