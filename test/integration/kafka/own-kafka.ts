import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from '../../../hack/testbed/certificates.ts'
import { freePorts } from '../../../hack/testbed/free-ports.ts'
import { kafkaJava } from '../../../hack/testbed/kafka-java.ts'
import { kafkaLibraries } from '../../../hack/testbed/kafka-libraries.ts'
import { mustRun } from '../../../hack/testbed/run-program.ts'
import { type Server, server } from '../../../hack/testbed/server.ts'
import type { Clock } from '../../../operator/application/clock.ts'
import type { Logger } from '../../../operator/application/logger.ts'
import { systemClock } from '../../../operator/infrastructure/clock/system-clock.ts'
import type { KafkaConnection } from '../../../operator/infrastructure/kafka/connection.ts'
import type { KafkaLogin } from '../../../operator/infrastructure/kafka/login.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'

/** A Kafka node that a test may stop, freeze and kill; with a plain door and two encrypted ones. */
export interface OwnKafka extends Server {
  readonly plain: KafkaConnection
  /** Takes the password with every mechanism that has one, and tokens of TokenEndpoint, which nobody signs. */
  readonly secure: KafkaConnection & { readonly sasl: Extract<KafkaLogin, { readonly username: string }> }
  /** Asks for a certificate of the authority. */
  readonly mutual: KafkaConnection & { readonly ssl: Required<NonNullable<KafkaConnection['ssl']>> }
  readonly passwordFile: string
  /** Kills it and starts it with all certificates made anew, which take the place of the client's files later. */
  replaceAuthority(): Promise<ClientFiles>
  /** Removes the node and its data. */
  end(): Promise<void>
}

/** What a client needs of an authority. */
export interface ClientFiles {
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
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

/** As in server.properties. */
type Properties = Readonly<Record<string, string | number | boolean>>

/**
 * Of a node with users that all have its password, with the mechanism plain, and who may only what ACLs say. Whoever
 * comes by the plain door is its administrator.
 */
export function guarded(users: readonly string[]): Properties {
  const known = users.map((name) => ` user_${name}="${password}"`).join('')
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required${known};`,
  }
}

/** Makes an authority, with it what the node serves and trusts, and what a client needs. */
async function newAuthority(directory: string): Promise<ClientFiles> {
  const folder = await mkdtemp(join(directory, 'authority-'))
  const made = await makeCertificates(folder)
  const serving = [made.servingKeyPath, made.servingCertificatePath].map((path) => readFile(path, 'utf8'))
  await writeFile(join(directory, 'keystore.pem'), (await Promise.all(serving)).join('\n'), { mode: 0o600 })
  await copyFile(made.authorityPath, join(directory, 'truststore.pem'))
  const { certificatePem, keyPem } = await made.clientCertificate(user, [])
  const files = { caFile: made.authorityPath, certFile: join(folder, 'user.crt'), keyFile: join(folder, 'user.key') }
  await writeFile(files.certFile, certificatePem)
  await writeFile(files.keyFile, keyPem)
  return files
}

async function propertiesFile(directory: string, ports: readonly number[], more: Properties): Promise<string> {
  const [plain, secure, mutual, controller] = ports
  const doors = `PLAINTEXT://127.0.0.1:${plain},SASL_SSL://127.0.0.1:${secure},MUTUAL://127.0.0.1:${mutual}`
  const module = (name: string, options = '') => `org.apache.kafka.common.security.${name} required${options};`
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `${doors},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': doors,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512,SCRAM-SHA-256,PLAIN,OAUTHBEARER',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': module('scram.ScramLoginModule'),
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': module('scram.ScramLoginModule'),
    'listener.name.sasl_ssl.plain.sasl.jaas.config': module('plain.PlainLoginModule', ` user_${user}="${password}"`),
    'listener.name.sasl_ssl.oauthbearer.sasl.jaas.config': module('oauthbearer.OAuthBearerLoginModule'),
    // a login by token ends with its token
    'listener.name.sasl_ssl.oauthbearer.connections.max.reauth.ms': 3_600_000,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(directory, 'keystore.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(directory, 'truststore.pem'),
    'listener.name.mutual.ssl.client.auth': 'required',
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
    ...more,
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
export async function ownKafka(javaOptions: readonly string[] = [], more: Properties = {}): Promise<OwnKafka> {
  const directory = await mkdtemp(join(tmpdir(), 'kbnt-kafka-'))
  const java = await kafkaJava(await kafkaLibraries(process.env, () => undefined))
  const ports = await freePorts(4)
  const files = await newAuthority(directory)
  const properties = await propertiesFile(directory, ports, more)
  const scram = ['SCRAM-SHA-512', 'SCRAM-SHA-256'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${user},password=${password}]`,
  ])
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qk', '-c', properties, ...scram]
  await mustRun({ command: 'java', arguments: [...java, ...format] })
  const passwordFile = join(directory, 'password')
  await writeFile(passwordFile, `${password}\n`)
  const plain: KafkaConnection = { brokers: [`127.0.0.1:${ports[0]}`], clientId: 'kbnt-test' }
  const node = server({
    name: 'Apache Kafka',
    command: 'java',
    arguments: ['-Xmx300m', ...javaOptions, ...java, 'kafka.Kafka', properties],
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
      ssl: { caFile: files.caFile },
      sasl: { mechanism: 'scram-sha-512', username: user, passwordFile },
    },
    mutual: { brokers: [`127.0.0.1:${ports[2]}`], clientId: 'kbnt-test', ssl: files },
    async replaceAuthority() {
      await node.kill()
      const renewed = await newAuthority(directory)
      await node.start()
      return renewed
    },
    passwordFile,
    async end() {
      await node.kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
