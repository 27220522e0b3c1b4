import kafkajs, { type Admin } from 'kafkajs'
import { type KafkaConnection, kafkaClient } from '../../../operator/infrastructure/kafka/connection.ts'
import { kafkaPublisher } from '../../../operator/infrastructure/kafka/kafka-publisher.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { messages } from '../../contracts/publisher.contract.ts'
import { until } from '../../fixtures/until.ts'
import { manifestsIn, rendered } from '../charts/helm.ts'
import { guarded, type OwnKafka, ownKafka, quiet, realClock } from './own-kafka.ts'
import { aclsOf, type KafkaTopic, type KafkaUser, topicOf } from './strimzi-asks.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

/** A Kafka with the topics and the users of kbnt-kafka, each of whom may what the chart asks for. */
export interface GuardedKafka {
  readonly kafka: OwnKafka
  readonly admin: Admin
  readonly topics: readonly string[]
  /** As one of its users. */
  as(username: string): KafkaConnection
  clientOf(connection: KafkaConnection): kafkajs.Kafka
  /** What the operator's own publisher is answered. */
  sent(username: string, topic: string, batch?: ReturnType<typeof messages>): Promise<string>
  /** The first message that a member of this group gets; rejects with what the brokers refuse. */
  firstRead(username: string, groupId: string, topic: string): Promise<string>
  end(): Promise<void>
}

export async function guardedByChart(values: readonly string[]): Promise<GuardedKafka> {
  const manifests = manifestsIn(await rendered('kbnt-kafka', ...values))
  const users = manifests.filter(({ kind }) => kind === 'KafkaUser') as KafkaUser[]
  const kafka = await ownKafka([], guarded(users.map(({ metadata }) => metadata.name)))
  const made = (manifests.filter(({ kind }) => kind === 'KafkaTopic') as KafkaTopic[]).map(topicOf)
  await createTopics(kafka.plain, made, quiet)
  const clientOf = (connection: KafkaConnection) =>
    kafkaClient(connection, { requestTimeoutMs: 10_000, retry: { retries: 8, initialRetryTime: 200 } }, quiet).kafka
  const admin = clientOf(kafka.plain).admin()
  await admin.connect()
  const acl = users.flatMap(aclsOf)
  await admin.createAcls({ acl })
  await until('all ACLs', 30_000, async () => ((await knownTo(admin)) === acl.length ? true : undefined))
  const as = (username: string): KafkaConnection => ({
    ...kafka.secure,
    sasl: { mechanism: 'plain', username, passwordFile: kafka.passwordFile },
  })

  return {
    ...{ kafka, admin, as, clientOf, topics: made.map(({ name }) => name) },
    async sent(username, topic, batch = messages(1)) {
      const publisher = kafkaPublisher({
        ...{ connection: as(username), clock: realClock, logger: quiet, publishTimeoutMs: 10_000 },
      })
      const [answer] = await publisher.publish([{ topic, messages: batch }]).finally(() => publisher.close())
      return answer?.kind === 'acknowledged' ? 'acknowledged' : JSON.stringify(answer)
    },
    async firstRead(username, groupId, topic) {
      const consumer = clientOf(as(username)).consumer({
        groupId,
        retry: { retries: 8, restartOnFailure: async () => false },
      })
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
      const read = async () => {
        await consumer.connect()
        await consumer.subscribe({ topics: [topic], fromBeginning: true })
        await consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) })
      }
      read().catch(reject)
      return promise.finally(() => consumer.disconnect())
    },
    async end() {
      await admin.disconnect()
      await kafka.end()
    },
  }
}

async function knownTo(admin: Admin): Promise<number> {
  const any = { resourceType: AclResourceTypes.ANY, resourcePatternType: ResourcePatternTypes.ANY }
  const all = { operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY }
  const { resources } = await admin.describeAcls({ ...any, ...all })
  return resources.reduce((sum, { acls }) => sum + acls.length, 0)
}
