import { badUsage, commandLine } from './command-line.ts'
import { terminalSteps } from './terminal-steps.ts'
import { type BackgroundTestbed, findBackground, isRunning, stopBackground } from './testbed/background.ts'
import { findOnPath } from './testbed/run-program.ts'
import { type BackgroundWishes, startBackground } from './testbed/start-background.ts'

const usage = `usage: npm run testbed -- up [--no-kafka | --events=log] [--postgres] | down | status
  up      starts an API server with the CRDs and Kafka with the topics in the background; prints what to export:
          eval "$(npm run -s testbed -- up)"
  down    ends them and deletes their data
  status  says what runs and where; exit code 1 when something is missing
  --no-kafka, --events=log   without Kafka, so without Java
  --postgres                 with PostgreSQL, for stocks whose books are in a database
`

type Wishes = Pick<BackgroundWishes, 'withKafka' | 'withPostgres'>

const commands: Readonly<Record<string, (wishes: Wishes) => Promise<number>>> = { up, down, status }

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}

async function main(): Promise<number> {
  const { values, positionals } = commandLine(usage, {
    allowPositionals: true,
    options: {
      'no-kafka': { type: 'boolean', default: false },
      events: { type: 'string', default: 'kafka' },
      postgres: { type: 'boolean', default: false },
    },
  })
  const command = commands[positionals[0] ?? '']
  if (!command || positionals.length > 1)
    badUsage(usage, `"${positionals.join(' ')}" is none of ${Object.keys(commands).join(', ')}`)
  if (!['log', 'kafka'].includes(values.events))
    badUsage(usage, `--events: "${values.events}" is neither kafka nor log`)
  return command({ withKafka: !values['no-kafka'] && values.events === 'kafka', withPostgres: values.postgres })
}

async function up(wishes: Wishes): Promise<number> {
  const steps = terminalSteps(process.stderr)
  const testbed = await startBackground({ environment: process.env, steps, ...wishes })
  process.stdout.write(exportLines(testbed))
  if (!(await findOnPath('kubectl', process.env))) {
    process.stderr.write(`There is no kubectl on PATH; the test bed has one: ${testbed.kubectl}\n`)
  }
  return 0
}

async function down(): Promise<number> {
  await terminalSteps(process.stderr).run({
    doing: 'test bed stopping',
    done: () => 'test bed stopped, its data deleted',
    run: () => stopBackground(process.env),
  })
  return 0
}

async function status(): Promise<number> {
  const testbed = await findBackground(process.env)
  if (!testbed) {
    process.stdout.write('nothing runs; start it with: npm run testbed -- up\n')
    return 1
  }
  let missing = 0
  for (const found of testbed.processes) {
    const running = await isRunning(process.env, found)
    if (!running) missing++
    const state = running ? `runs (pid ${found.pid})` : 'has ended'
    process.stdout.write(`${found.name.padEnd(16)} ${state.padEnd(20)} log: ${found.logPath}\n`)
  }
  process.stdout.write(exportLines(testbed))
  return missing === 0 ? 0 : 1
}

function exportLines(testbed: BackgroundTestbed): string {
  const brokers = testbed.brokers ? `export KBNT_KAFKA_BROKERS=${testbed.brokers}\n` : ''
  const postgres = testbed.postgres ? `export KBNT_POSTGRES_URL=${testbed.postgres.url}\n` : ''
  return `export KUBECONFIG=${quoted(testbed.kubeconfigPath)}\n${brokers}${postgres}`
}

/** For any shell: a home folder may have a space or worse in its name. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
