import { askedSettings } from './asked-settings.ts'
import { BRIDGE_PORT, startBridge } from './bridge/bridge.ts'
import { badUsage, commandLine } from './command-line.ts'

const usage = `Kafka over HTTP on this machine: a stand-in for the Kafka Bridge of Strimzi and AMQ Streams. docs/guide/kafka.md has what
it serves.

  npm run bridge -- [flags]

  --port PORT                  on 127.0.0.1; default: ${BRIDGE_PORT}; 0: any free one
  --config FILE                settings: how to reach Kafka
  --kafka-brokers HOST:PORT,…  Kafka without them; default: $KBNT_KAFKA_BROKERS

Goes on until it is interrupted.
`

const MOST_PORT = 65_535

// not exitCode: whatever still waits for a broker that is away must not keep us
process.exit(await main())

async function main(): Promise<number> {
  const { values } = commandLine(usage, {
    options: {
      port: { type: 'string', default: String(BRIDGE_PORT) },
      config: { type: 'string' },
      'kafka-brokers': { type: 'string' },
    },
  })
  const { port, config, 'kafka-brokers': brokers } = values
  if (!/^\d{1,5}$/.test(port) || Number(port) > MOST_PORT)
    badUsage(usage, `--port: "${port}" is no port from 0 to ${MOST_PORT}`)
  try {
    const { kafka } = askedSettings(config, brokers)
    if (!kafka) return badUsage(usage, 'which Kafka? --kafka-brokers or --config says it')
    await serve(await startBridge({ connection: kafka, port: Number(port) }))
    return 0
  } catch (error) {
    process.stderr.write(`bridge: ${error instanceof Error ? error.message : error}\n`)
    return 2
  }
}

/** Until it is interrupted. */
async function serve(bridge: Awaited<ReturnType<typeof startBridge>>): Promise<void> {
  const interrupted = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.resolve())
  process.stdout.write(`Kafka over HTTP on ${bridge.url}; Ctrl-C ends it\n`)
  await interrupted.promise
  await bridge.close()
}
