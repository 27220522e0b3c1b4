import { levels } from '../operator/domain/logs/log-entry.ts'
import { type TopicReading, tailTopics } from '../operator/infrastructure/kafka/topic-reader.ts'
import { askedSettings } from './asked-settings.ts'
import { badUsage, commandLine } from './command-line.ts'
import { isWanted, lineFrom, shown, type Wanted } from './logs/log-line.ts'
import { missingTopics } from './missing-topics.ts'
import { quiet } from './quiet-logger.ts'

const usage = `Shows lines of programs' logs as they come into their topics.

  npm run logs -- tail [flags]

  --topic NAME                 from this topic alone; default: all that settings send lines to. May be there several times
  --level LEVEL                this level and what is worse: ${levels.join(', ')}
  --service NAME               of this service alone
  --correlation-id ID          of this request alone
  --from-beginning             all that the topics still have first
  --config FILE                settings: how to reach Kafka, and which topics there are
  --kafka-brokers HOST:PORT,…  Kafka without them; default: $KBNT_KAFKA_BROKERS

Goes on until it is interrupted. Colours are for terminals, and off where NO_COLOR is set.
`

const WHO_MAKES_THEM =
  'The topics of logs are made by the chart kbnt-kafka with logs.enabled, and for trials by a gateway with kafka.createTopics (docs/guide/gateway.md); --topic reads some of them.\n'

// not exitCode: whatever still waits for a broker that is away must not keep us
process.exit(await main())

async function main(): Promise<number> {
  const { positionals, values } = commandLine(usage, {
    allowPositionals: true,
    options: {
      topic: { type: 'string', multiple: true },
      level: { type: 'string' },
      service: { type: 'string' },
      'correlation-id': { type: 'string' },
      'from-beginning': { type: 'boolean', default: false },
      config: { type: 'string' },
      'kafka-brokers': { type: 'string' },
    },
  })
  if (positionals.join(' ') !== 'tail') return badUsage(usage, `say what to do: tail, not "${positionals.join(' ')}"`)
  const { level, service, 'correlation-id': correlationId, 'from-beginning': fromBeginning } = values
  if (level !== undefined && !levels.some((known) => known === level))
    return badUsage(usage, `--level ${level} is not one of ${levels.join(', ')}`)
  const { connection, routed } = settingsOf(values.config, values['kafka-brokers'])
  const reading = { connection, topics: [...new Set(values.topic ?? routed)], logger: quiet }
  try {
    await tail(reading, fromBeginning, { level, service, correlationId })
    return 0
  } catch (error) {
    const told = missingTopics(error, reading.topics, connection)
    process.stderr.write(
      `logs: ${told instanceof Error ? told.message : told}\n${told === error ? '' : WHO_MAKES_THEM}`,
    )
    return 2
  }
}

/** Until it is interrupted. */
async function tail(reading: TopicReading, fromBeginning: boolean, wanted: Wanted): Promise<void> {
  const over = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort())
  const withColours = process.stdout.isTTY === true && !process.env['NO_COLOR']
  process.stderr.write(`reads ${reading.topics.join(', ')}; Ctrl-C ends it\n`)
  for await (const { value } of tailTopics(reading, { fromBeginning, signal: over.signal })) {
    const line = lineFrom(value)
    if (isWanted(line, wanted)) process.stdout.write(`${shown(line, withColours)}\n`)
  }
}

function settingsOf(config: string | undefined, brokers: string | undefined) {
  const { kafka, gateway } = askedSettings(config, brokers)
  if (!kafka) return badUsage(usage, 'which Kafka? --kafka-brokers or --config says it')
  return { connection: kafka, routed: gateway.logs.routes.map(({ topic }) => topic) }
}
