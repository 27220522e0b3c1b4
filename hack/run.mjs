// The first thing every npm script runs. Plain JavaScript without dependencies, for any Node from 20 on: it makes sure
// that the packages of package-lock.json are installed, and hands over to the Node 24 that is one of them.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

const project = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const programs = join(project, 'node_modules', '.bin')
const [target, ...given] = process.argv.slice(2)

if (!target) {
  process.stderr.write('usage: node hack/run.mjs SCRIPT.ts|PROGRAM [ARGUMENTS]\n')
  process.exit(2)
}
installWhatIsMissing()
handOver()

function installWhatIsMissing() {
  const reason = whatIsMissing()
  if (!reason) return
  process.stderr.write(`Installing packages (npm ci): ${reason}. Usually half a minute.\n`)
  const startedAt = Date.now()
  const installed = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: project,
    // standard output belongs to the script that comes after
    stdio: ['ignore', 2, 2],
    env: process.env.CI ? { ...process.env, SKIP_INSTALL_SIMPLE_GIT_HOOKS: '1' } : process.env,
  })
  if (installed.error || installed.status !== 0) {
    const why = installed.error ? installed.error.message : `npm ended with code ${installed.status}`
    process.stderr.write(`The packages could not be installed: ${why}\n`)
    process.exit(1)
  }
  process.stderr.write(`Packages installed in ${Math.round((Date.now() - startedAt) / 1000)} s.\n`)
}

/** Compares what npm says it installed with what the lockfile wants. undefined = all there. */
function whatIsMissing() {
  const installed = packagesOf(join(project, 'node_modules', '.package-lock.json'))
  if (!installed || !existsSync(join(programs, 'node'))) return 'there is no node_modules yet'
  const { '': _project, ...wanted } = packagesOf(join(project, 'package-lock.json'))
  return Object.entries(wanted)
    .map(([path, entry]) => fault(path, entry, installed[path]))
    .find(Boolean)
}

function fault(path, wanted, present) {
  if (!present) return wanted.optional || wanted.peer ? undefined : `${path} is missing`
  return present.version === wanted.version ? undefined : `${path} is ${present.version}, wanted is ${wanted.version}`
}

function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(lockfile, 'utf8')).packages
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function handOver() {
  const isScript = /[.]m?[jt]s$/.test(target)
  const command = join(programs, isScript ? 'node' : target)
  const child = spawn(command, isScript ? [resolve(project, target), ...given] : given, {
    cwd: project,
    stdio: 'inherit',
    env: {
      // compiled code is kept, so that each of the many programs that tests start needs half the time for it
      NODE_COMPILE_CACHE: join(project, 'node_modules', '.cache', 'compiled'),
      ...process.env,
      PATH: `${programs}${delimiter}${process.env.PATH ?? ''}`,
    },
  })
  // a terminal sends Ctrl-C to both of us: the child decides when it is over; a kill of us alone is passed on
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`${command} could not be started: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}
