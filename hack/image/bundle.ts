import { join, relative } from 'node:path'
import { build } from 'esbuild'
import { projectDirectory } from '../testbed/places.ts'

/** CommonJS packages inside of the bundle ask for Node's own modules by `require`, which an ES module does not have. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"

export interface BundleFile {
  /** Beside the others, in one folder. */
  readonly name: string
  readonly content: Uint8Array
}

/**
 * The programs with all their packages as ES modules for Node 24; `main.mjs` is the one to start. Each process reads only
 * the pieces of the program that it is. The same sources give the same names and bytes.
 */
export async function bundlePrograms(): Promise<readonly BundleFile[]> {
  const folder = join(projectDirectory, 'bundle')
  const { outputFiles } = await build({
    absWorkingDir: projectDirectory,
    entryPoints: [join('operator', 'main.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifyWhitespace: true, // half the size to parse; names stay, so that stack traces can be read
    legalComments: 'none', // the licences are in /licenses
    banner: { js: REQUIRE },
    logLevel: 'error',
  })
  return outputFiles.map(({ path, contents }) => ({ name: relative(folder, path), content: contents }))
}
