import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { cacheDirectory, projectDirectory } from './places.ts'
import type { Progress } from './progress.ts'
import { findOnPath, isExecutable, mustRun } from './run-program.ts'

const requirements = join(projectDirectory, 'hack/schemathesis/requirements.txt')
/** Usually a minute; a registry that answers nothing must not hold up a run for good. */
const INSTALL_TIMEOUT_MS = 10 * 60_000

/**
 * The path of schemathesis in a virtual environment of its own, with exactly the versions that
 * hack/schemathesis/requirements.txt names; fetched from PyPI on the first call on a machine. Parallel runs share one.
 * Throws where there is no Python, or no PyPI.
 */
export async function schemathesisProgram(environment: NodeJS.ProcessEnv, progress: Progress): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
  const cache = join(cacheDirectory(environment), `schemathesis-${digest.slice(0, 12)}`)
  const installed = join(cache, 'installed')
  const program = join(cache, 'venv', 'bin', 'schemathesis')
  const isThere = async () => (await isExecutable(program)) && (await readFile(installed).catch(() => undefined))
  if (await isThere()) return program
  return withFileLock(join(cache, 'lock'), progress, async () => {
    if (await isThere()) return program // the run we waited for made it
    await install(join(cache, 'venv'), environment, progress)
    await writeFile(installed, '') // last: half an environment has its programs, too
    return program
  })
}

async function install(venv: string, environment: NodeJS.ProcessEnv, progress: Progress): Promise<void> {
  const python = await findOnPath('python3', environment)
  if (python === undefined) throw new Error(`schemathesis ${needs}, and there is no python3 on PATH (${wayOut})`)
  progress('fetching schemathesis from PyPI, usually about a minute')
  await rm(venv, { recursive: true, force: true })
  const abort = AbortSignal.timeout(INSTALL_TIMEOUT_MS)
  const run = (command: string, ...given: readonly string[]) =>
    mustRun({ command, arguments: given, environment, abort })
  await run(python, '-m', 'venv', venv).catch((error: Error) => {
    throw new Error(`schemathesis ${needs} (${wayOut}): ${error.message}`)
  })
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-input', '--retries', '2', '--timeout', '30']
  await run(join(venv, 'bin', 'pip'), 'install', ...quietly, '--requirement', requirements).catch((error: Error) => {
    throw new Error(
      `schemathesis can not be fetched; it needs a PyPI (PIP_INDEX_URL names another one): ${error.message}`,
    )
  })
}

const needs = 'needs Python 3.10 or newer with its module venv'
const wayOut = 'Debian: apt install python3-venv'
