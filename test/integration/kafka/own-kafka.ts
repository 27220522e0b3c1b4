import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from '../../../hack/testbed/certificates.ts'
import { freePorts } from '../../../hack/testbed/free-ports.ts'
import { kafkaLibraries } from '../../../hack/testbed/kafka-libraries.ts'
import { mustRun } from '../../../hack/testbed/run-program.ts'
import { type Server, server } from '../../../hack/testbed/server.ts'
import type { Clock } from '../../../operator/application/clock.ts'
import type { Logger } from '../../../operator/application/logger.ts'
import { systemClock } from '../../../operator/infrastructure/clock/system-clock.ts'
import type { KafkaConnection } from '../../../operator/infrastructure/kafka/connection.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'

/** A Kafka node that a test may stop, freeze and kill; with a plain and an encrypted, password-protected door. */
export interface OwnKafka extends Server {
  readonly plain: KafkaConnection
  readonly secure: KafkaConnection
  readonly passwordFile: string
  /** Removes the node and its data. */
  end(): Promise<void>
}

const user = 'kbnt-operator'
const password = 'correct-horse'

export const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
  enabled: () => false,
}

export const realClock: Clock = systemClock()

async function propertiesFile(directory: string, ports: readonly number[]): Promise<string> {
  const certificates = await makeCertificates(directory)
  const keystore = join(directory, 'keystore.pem')
  const serving = await Promise.all(
    [certificates.servingKeyPath, certificates.servingCertificatePath].map((path) => readFile(path, 'utf8')),
  )
  await writeFile(keystore, serving.join('\n'), { mode: 0o600 })
  const [plain, secure, controller] = ports
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${plain},SASL_SSL://127.0.0.1:${secure},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${plain},SASL_SSL://127.0.0.1:${secure}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': login,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keystore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificates.authorityPath,
    'ssl.client.auth': 'none',
    'log.dirs': join(directory, 'data'),
    'auto.create.topics.enable': false,
    // A killed node may register again only when its last session has run out.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
  }
  const path = join(directory, 'server.properties')
  await writeFile(
    path,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  return path
}

/** Starts the node; takes some ten seconds. */
export async function ownKafka(): Promise<OwnKafka> {
  const directory = await mkdtemp(join(tmpdir(), 'kbnt-kafka-'))
  const jars = join(await kafkaLibraries(process.env, () => undefined), '*')
  const ports = await freePorts(3)
  const properties = await propertiesFile(directory, ports)
  const scram = `SCRAM-SHA-512=[name=${user},password=${password}]`
  const format = [
    'kafka.tools.StorageTool',
    'format',
    '-t',
    'MkU3OEVBNTcwNTJENDM2Qk',
    '-c',
    properties,
    '--add-scram',
    scram,
  ]
  await mustRun({ command: 'java', arguments: ['-cp', jars, ...format] })
  const passwordFile = join(directory, 'password')
  await writeFile(passwordFile, `${password}\n`)
  const plain: KafkaConnection = { brokers: [`127.0.0.1:${ports[0]}`], clientId: 'kbnt-test' }
  const node = server({
    name: 'Apache Kafka',
    command: 'java',
    arguments: ['-Xmx300m', '-XX:+UseSerialGC', '-cp', jars, 'kafka.Kafka', properties],
    logPath: join(directory, 'kafka.log'),
    ready: async () => (await createTopics(plain, [{ name: 'ready', partitions: 1 }], quiet)) !== undefined,
    readyTimeoutMs: 90_000,
    stopTimeoutMs: 20_000,
    detached: false,
  })
  await node.start()
  return {
    ...node,
    plain,
    secure: {
      brokers: [`127.0.0.1:${ports[1]}`],
      clientId: 'kbnt-test',
      ssl: { caFile: join(directory, 'certificates', 'authority.crt') },
      sasl: { mechanism: 'scram-sha-512', username: user, passwordFile },
    },
    passwordFile,
    async end() {
      await node.kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
