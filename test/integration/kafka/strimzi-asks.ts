import kafkajs, { type AclEntry } from 'kafkajs'
import type { TopicSpec } from '../../../operator/infrastructure/kafka/topics.ts'
import type { Manifest } from '../charts/helm.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

const patternOf = { literal: ResourcePatternTypes.LITERAL, prefix: ResourcePatternTypes.PREFIXED } as const

export interface KafkaUser extends Manifest {
  readonly spec: {
    readonly authorization: {
      readonly acls: readonly {
        readonly resource: {
          readonly type: 'topic' | 'group'
          readonly name: string
          readonly patternType: keyof typeof patternOf
        }
        readonly operations: readonly ('Describe' | 'DescribeConfigs' | 'Read' | 'Write')[]
      }[]
    }
  }
}
export interface KafkaTopic extends Manifest {
  readonly spec: { readonly partitions: number; readonly config: Readonly<Record<string, number | string>> }
}

const operationOf = {
  ...{ Describe: AclOperationTypes.DESCRIBE, DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS },
  ...{ Read: AclOperationTypes.READ, Write: AclOperationTypes.WRITE },
}

/** What Strimzi asks the brokers for, of a user. */
export function aclsOf({ metadata, spec }: KafkaUser): AclEntry[] {
  return spec.authorization.acls.flatMap(({ resource, operations }) =>
    operations.map((operation) => ({
      principal: `User:${metadata.name}`,
      host: '*',
      permissionType: AclPermissionTypes.ALLOW,
      resourceType: resource.type === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
      resourceName: resource.name,
      resourcePatternType: patternOf[resource.patternType],
      operation: operationOf[operation],
    })),
  )
}

/** The same of a topic. */
export function topicOf({ metadata, spec: { partitions, config } }: KafkaTopic): TopicSpec {
  const { 'max.message.bytes': maxMessageBytes, 'message.timestamp.type': dated } = config
  return {
    ...{ name: metadata.name, partitions, retentionMs: Number(config['retention.ms']) },
    ...(maxMessageBytes !== undefined && { maxMessageBytes: Number(maxMessageBytes) }),
    ...(dated === 'LogAppendTime' && { appendTime: true as const }),
  }
}
