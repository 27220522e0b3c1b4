import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import manifest from '../package.json' with { type: 'json' }
import { helpWanted } from './infrastructure/settings/flags.ts'
import { readSettings, SettingsError } from './infrastructure/settings/read-settings.ts'
import { helpText } from './infrastructure/settings/setting-sources.ts'
import type { Settings } from './infrastructure/settings/settings.ts'
import { type RunningOperator, runOperator } from './run-operator.ts'
import { prepareUninstall } from './uninstall.ts'

/** A second signal this soon is the first once more: it went to all processes of a group, and npm hands its own on. */
const SAME_SIGNAL_MS = 1_000

/** Exit codes: 0 = asked to end and done, 1 = could not go on, 2 = wrong settings. */
async function main(): Promise<void> {
  const argv = process.argv.slice(2)
  if (helpWanted(argv)) return void process.stdout.write(helpText())
  if (argv[0] === 'prepare-uninstall') return prepare(settingsOrExit(argv.slice(1)))
  const settings = settingsOrExit(argv)
  const operator = await runOperator(settings, {
    output: process.stdout,
    exit: (code) => process.exit(code),
    version: manifest.version,
    commit: process.env['KBNT_COMMIT'] ?? 'unknown',
    directory: tmpdir(),
  }).catch(complain)
  process.on('uncaughtException', operator.fatal)
  process.on('unhandledRejection', operator.fatal)
  process.on('SIGUSR2', operator.lookInside)
  endWhenAsked(settings, operator)
}

function endWhenAsked(settings: Settings, operator: RunningOperator): void {
  let askedAt: number | undefined
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (askedAt === undefined) endInTime(settings, operator)
      else if (performance.now() - askedAt > SAME_SIGNAL_MS) exitNow(operator, new Error(`${signal} once more`))
      askedAt ??= performance.now()
    })
  }
}

async function prepare(settings: Settings): Promise<void> {
  const done = await prepareUninstall(settings, manifest.version, process.env['KBNT_DEPLOYMENT']).catch(complain)
  process.stdout.write(`${done}\n`)
}

function endInTime({ shutdownGraceMs }: Settings, operator: RunningOperator): void {
  setTimeout(() => exitNow(operator, new Error(`did not end within ${shutdownGraceMs} ms`)), shutdownGraceMs).unref()
  operator.stop().then(
    (clean) => process.exit(clean ? 0 : 1),
    (error) => exitNow(operator, error),
  )
}

/** Also when the operator takes nothing for fatal any more, because all its work has ended. */
function exitNow(operator: RunningOperator, error: unknown): never {
  operator.fatal(error)
  process.exit(1)
}

function settingsOrExit(argv: readonly string[]): Settings {
  try {
    return readSettings({ argv, env: process.env, readFile: (path) => readFileSync(path, 'utf8') })
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(2)
  }
}

function complain(error: unknown): never {
  process.stderr.write(`the operator could not start: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

await main()
