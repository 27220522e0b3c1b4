import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'
import { kafkaJava } from './kafka-java.ts'
import { projectDirectory } from './places.ts'
import { mustRun } from './run-program.ts'
import { type Server, server } from './server.ts'

export interface KafkaOptions {
  /** Everything it writes goes here: data, settings, log. */
  readonly directory: string
  /** The folder with its jars. */
  readonly libraries: string
  /** The address that it listens on and is reached at. Default: 127.0.0.1. */
  readonly host?: string
  /** A free one when absent. It stays the same over restarts. */
  readonly port?: number
  /** It goes on when we end. Default: it dies with us. */
  readonly detached?: boolean
  /** It carries load for minutes and is to become as quick as it can. Default: quick to start. */
  readonly steady?: boolean
  /** More options of Java. */
  readonly javaOptions?: readonly string[]
}

/** One Apache Kafka node, broker and controller in one process. */
export interface Kafka extends Server {
  /** As the operator's --kafka-brokers takes it. */
  readonly brokers: string
  /** Stops it, waits, and starts it on the same port and data. */
  restart(): Promise<void>
}

/** Starts Kafka; resolves when it answers clients. It makes no topic by itself. */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  const [freePort, controllerPort] = (await freePorts(2)) as [number, number]
  const port = options.port ?? freePort
  const brokers = `${options.host ?? '127.0.0.1'}:${port}`
  const java = await kafkaJava(options.libraries, options)
  const properties = await prepare(options, { java, brokers, controllerPort })
  const node = server({
    name: 'Apache Kafka',
    command: 'java',
    arguments: [
      '-Xmx400m',
      ...(options.javaOptions ?? []),
      `-Dlog4j2.configurationFile=${join(projectDirectory, 'hack/kafka/log4j2.properties')}`,
      ...java,
      'kafka.Kafka',
      properties,
    ],
    logPath: join(options.directory, 'kafka.log'),
    // said after the broker has joined its own cluster; its port is open long before
    ready: async (logged) => (await logged()).includes('Kafka Server started'),
    readyTimeoutMs: 90_000,
    stopTimeoutMs: 20_000,
    detached: options.detached ?? false,
  })
  await node.start()
  return {
    ...node,
    brokers,
    async restart() {
      await node.stop()
      await node.start()
    },
  }
}

interface Node {
  /** What Java is given for any of Kafka's programs. */
  readonly java: readonly string[]
  readonly brokers: string
  readonly controllerPort: number
}

async function prepare({ directory }: KafkaOptions, { java, brokers, controllerPort }: Node): Promise<string> {
  const data = join(directory, 'kafka')
  const path = join(directory, 'kafka.properties')
  await mkdir(directory, { recursive: true })
  await writeFile(path, propertiesText(data, brokers, controllerPort))
  if (existsSync(join(data, 'meta.properties'))) return path
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0] ?? 0) & 0x7f // else one id of 64 begins with a dash, which the tool takes for an option
  const clusterId = bytes.toString('base64url')
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', path]
  await mustRun({ command: 'java', arguments: [...java, ...format] })
  return path
}

function propertiesText(data: string, brokers: string, controllerPort: number): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://${brokers},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${brokers}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'broker.session.timeout.ms': 4000, // a killed broker may not come back before its old session has run out
    'broker.heartbeat.interval.ms': 500,
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
