import { readdirSync } from 'node:fs'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { projectDirectory } from '../testbed/places.ts'
import { mustRun } from '../testbed/run-program.ts'
import { bundlePrograms } from './bundle.ts'
import type { ImagePlan } from './oci-archive.ts'
import type { TarFile } from './tar.ts'

/** Red Hat's certification asks for these by name; the Containerfile carries the same. */
const labels = {
  name: 'kbnt-operator',
  vendor: 'KBNT',
  version: manifest.version,
  release: '1',
  summary: 'Kubernetes operator for virtual stock and reservations',
  description: manifest.description,
  maintainer: 'KBNT Operator maintainers',
} as const

/** Of the container's memory; the rest is for code, young objects, buffers and stacks. */
const HEAP_PERCENT = 60

/**
 * Of Node, for a process that lives long. With its own choice the memory for young objects grows by some 100 MB while many
 * reservations come at once, and is never given back; and the heap as a whole stops at half of the container's limit.
 */
export const nodeFlags = ['--max-semi-space-size=8', `--max-old-space-size-percentage=${HEAP_PERCENT}`] as const

/** The same for a process that has no container around it. */
export const nodeFlagsWithin = (memoryMiB: number): readonly string[] => [
  nodeFlags[0],
  `--max-old-space-size=${Math.floor((memoryMiB * HEAP_PERCENT) / 100)}`,
]

/** Any user may read everything; OpenShift picks a number of its own, always in group 0. */
const USER = '1001'

/** The operator's image from what this machine has: Node as npm brought it, the libraries it is linked with, the bundle. */
export async function operatorImage(reference: string): Promise<ImagePlan> {
  const node = join(projectDirectory, 'node_modules/node/bin/node')
  const libraries = await librariesOf(node)
  return {
    reference,
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    config: {
      User: USER,
      WorkingDir: '/app',
      Env: ['PATH=/usr/bin', 'NODE_ENV=production', 'HOME=/tmp'],
      Entrypoint: ['node', ...nodeFlags, '/app/operator/main.mjs'],
      Labels: labels,
    },
    layers: [
      [
        ...libraries,
        text('etc/passwd', `operator:x:${USER}:0::/tmp:/sbin/nologin\n`),
        text('etc/group', 'root:x:0:\n'),
        text('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
      ],
      [{ path: 'usr/bin/node', content: await readFile(node), mode: 0o755 }],
      await applicationFiles(),
    ],
  }
}

/** What the bundle reads at its start, from where it is in the sources: at the same place beside it in the image. */
export const filesBesideBundle = [
  'config/topics.yaml',
  'config/log-topics.yaml',
  'config/log-index/template.json',
  'config/openapi.yaml',
  ...['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE', 'swagger-ui-bundle.js.LICENSE.txt'].map(
    (name) => `node_modules/swagger-ui-dist/${name}`,
  ),
] as const

/** The steps that make a database's tables: what reads them looks beside itself, and in the image it is in the bundle. */
export const tableSteps = readdirSync(join(projectDirectory, 'operator/infrastructure/postgres'))
  .filter((folder) => folder.endsWith('migrations'))
  .map((folder) => ({ from: `operator/infrastructure/postgres/${folder}`, to: `operator/${folder}` }))

async function applicationFiles(): Promise<readonly TarFile[]> {
  const copied = async (from: string, to: string): Promise<TarFile> => ({
    path: to,
    content: await readFile(join(projectDirectory, from)),
    mode: 0o644,
  })
  const stepsOf = async ({ from, to }: (typeof tableSteps)[number]) => {
    const names = (await readdir(join(projectDirectory, from))).sort()
    return Promise.all(names.map((name) => copied(`${from}/${name}`, `app/${to}/${name}`)))
  }
  return [
    ...(await bundlePrograms()).map(({ name, content }) => ({ path: `app/operator/${name}`, content, mode: 0o644 })),
    ...(await Promise.all(filesBesideBundle.map((path) => copied(path, `app/${path}`)))),
    ...(await Promise.all(tableSteps.map(stepsOf))).flat(),
    await copied('LICENSE', 'licenses/LICENSE'),
  ]
}

/** Every shared library that the dynamic linker would load, under the path where it looks for it. */
async function librariesOf(program: string): Promise<readonly TarFile[]> {
  const { stdout } = await mustRun({ command: 'ldd', arguments: [program] })
  const paths = [...stdout.matchAll(/(?:^|=>)\s*(\/\S+) \(0x/gm)].map(([, path = '']) => path)
  if (paths.length === 0) throw new Error(`ldd names no library of ${program}`)
  return Promise.all(
    paths.map(async (path) => ({ path: path.slice(1), content: await readFile(await realpath(path)), mode: 0o755 })),
  )
}

function text(path: string, content: string): TarFile {
  return { path, content: Buffer.from(content), mode: 0o644 }
}
