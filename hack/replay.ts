import type { ConnectionOptions } from '../operator/infrastructure/postgres/connection.ts'
import { postgresHistory } from '../operator/infrastructure/postgres/history/postgres-history.ts'
import { writerPool } from '../operator/infrastructure/postgres/writer-pool.ts'
import type { Settings } from '../operator/infrastructure/settings/settings.ts'
import { askedSettings } from './asked-settings.ts'
import { badUsage, commandLine } from './command-line.ts'
import { quiet } from './quiet-logger.ts'
import { differences, type LiveStock, liveObjects, liveRows } from './replay/live-stocks.ts'
import { keep, readTopic } from './replay/read-topic.ts'
import { NEXT, type RebuiltSchema, rebuiltSchema } from './replay/rebuilt-schema.ts'
import { terminalSteps } from './terminal-steps.ts'

const usage = `Builds the histories of stocks anew from the topic that gets every event, compares them with the live books, and puts
them in the place of those that are there. Workers go on meanwhile.

  npm run replay -- --to DATABASE_URL [flags]

  --to DATABASE_URL            where histories are kept, as postgres://USER@HOST:PORT/DATABASE; the password: $PGPASSWORD, or
                               ~/.pgpass; default: what worker.database of the settings names
  --config FILE                the settings of the worker: how to reach Kafka and the database
  --kafka-brokers HOST:PORT,…  Kafka without them; default: $KBNT_KAFKA_BROKERS
  --topic NAME                 the topic; default: the settings', else stock-audit-logs
  --kubeconfig FILE            the cluster whose stocks are compared; default: $KUBECONFIG, then as kubectl does
  --postgres URL               also compare with the books in this database
  --namespace NAME             compare with stocks of this namespace only
  --no-compare                 compare with no cluster
  --accept                     put them in place also where something is found

Ends with 0 when nothing is found, 1 when something is (then they are in place only with --accept), 2 when nothing could
be done.
`

const say = (line: string) => void process.stdout.write(`${line}\n`)

// not exitCode: whatever still waits for a broker that is away must not keep us
process.exit(await main())

async function main(): Promise<number> {
  const { values } = commandLine(usage, {
    options: {
      to: { type: 'string' },
      config: { type: 'string' },
      'kafka-brokers': { type: 'string' },
      topic: { type: 'string' },
      kubeconfig: { type: 'string' },
      postgres: { type: 'string' },
      namespace: { type: 'string' },
      'no-compare': { type: 'boolean', default: false },
      accept: { type: 'boolean', default: false },
    },
  })
  try {
    const settings = askedSettings(values.config, values['kafka-brokers'])
    const { kafka, worker, databases } = settings
    const database = databaseAt('--to', values.to) ?? databases[worker.database]
    if (!kafka) return badUsage(usage, 'which Kafka? --kafka-brokers or --config says it')
    if (!database) return badUsage(usage, 'which database? --to or --config says it')
    return await replay({
      ...{ kafka, database, topic: values.topic ?? worker.history.topics[0] ?? '', accept: values.accept },
      live: () => liveBooks(values),
    })
  } catch (error) {
    process.stderr.write(`replay: ${error instanceof Error ? error.message : error}\n`)
    return 2
  }
}

function databaseAt(flag: string, url: string | undefined): ConnectionOptions | undefined {
  if (url === undefined) return undefined
  const isSound = URL.canParse(url) && ['postgres:', 'postgresql:'].includes(new URL(url).protocol)
  if (!isSound || new URL(url).password !== '')
    badUsage(usage, `${flag}: give postgres://USER@HOST:PORT/DATABASE, without a password`)
  return { url }
}

interface Compared {
  readonly 'no-compare': boolean
  readonly kubeconfig?: string
  readonly postgres?: string
  readonly namespace?: string
}

async function liveBooks({ 'no-compare': without, kubeconfig, postgres, namespace }: Compared): Promise<LiveStock[]> {
  const rows = databaseAt('--postgres', postgres)
  const objects = without ? [] : await liveObjects(kubeconfig ?? process.env['KUBECONFIG'])
  const all = [...objects, ...(rows ? await liveRows(rows) : [])]
  return namespace === undefined ? all : all.filter(({ about }) => about.startsWith(`${namespace}/`))
}

interface ReplayParts {
  readonly kafka: NonNullable<Settings['kafka']>
  readonly database: ConnectionOptions
  readonly topic: string
  readonly accept: boolean
  readonly live: () => Promise<LiveStock[]>
}

async function replay(parts: ReplayParts): Promise<number> {
  const schema = await rebuiltSchema(parts.database)
  const pool = writerPool({ connection: parts.database, lanes: 1 })
  try {
    return await rebuilt(schema, postgresHistory(pool, NEXT), parts)
  } finally {
    await pool.end()
    await schema.close()
  }
}

/** The books first: the topic has, then, all of what they say that they have told. */
async function rebuilt(
  schema: RebuiltSchema,
  store: ReturnType<typeof postgresHistory>,
  { kafka, topic, accept, live }: ReplayParts,
): Promise<number> {
  const { run } = terminalSteps(process.stdout)
  const stocks = await run({
    doing: 'read the live books',
    run: live,
    done: (all) => `${all.length} stocks have books`,
  })
  await run({ doing: `make schema ${NEXT}`, run: schema.make })
  const read = await run({
    doing: `read ${topic}`,
    run: (progress) => readTopic({ connection: kafka, topics: [topic], logger: quiet }, store, progress),
    done: ({ messages, rows }) => `${messages} messages of ${topic} are ${rows} decisions`,
  })
  const { count, sentences } = await schema.findings() // of the topic: what is taken over now is not compared
  await run({
    doing: 'keep what the topic has no more',
    run: schema.keepOlder,
    done: (rows) => `${rows} older decisions kept, and not compared`,
  })
  const wrong = await run({
    doing: 'compare with the live books',
    run: () => differences(schema.history, stocks),
    done: (found) => `${stocks.length - found.length} of ${stocks.length} stocks are as their books are`,
  })
  for (const line of read.unreadable) say(`    is no event, ${line}`)
  if (read.unreadableCount > read.unreadable.length) say(`    ${read.unreadableCount} messages are none in all`)
  for (const line of [...sentences, ...wrong]) say(`    ${line}`)
  const findings = count + wrong.length
  if (findings > 0 && !accept) {
    say(`${findings} found; nothing was changed. Look at schema ${NEXT}, or put it in place with --accept.`)
    return 1
  }
  await run({ doing: 'put them in place', run: () => schema.swap((rows) => keep(store, rows)) })
  say(findings > 0 ? `${findings} found; the histories are in place.` : 'Nothing found; the histories are in place.')
  return findings > 0 ? 1 : 0
}
