import type { Admin, ConfigResourceTypes } from 'kafkajs'
import { hitchOf } from '../../../application/patience.ts'

/** The library's own word for it is not among what it exports to modules. */
const TOPIC: ConfigResourceTypes.TOPIC = 2

export type ConfigAdmin = Pick<Admin, 'describeConfigs'>
export type Warn = (message: string, fields: Record<string, unknown>) => void

/** How topics are set, as brokers say; undefined where they don't, which is told. */
export async function configsOf(
  admin: ConfigAdmin,
  { topics, names }: { readonly topics: readonly string[]; readonly names: readonly string[] },
  warn: Warn,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>> | undefined> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: TOPIC, name, configNames: [...names] })),
    })
    return new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    )
  } catch (error) {
    const { reason } = hitchOf(error)
    const message = `how topics are set (${names.join(', ')}) can't be read, so it is not checked; grant DescribeConfigs`
    warn(message, { topics, reason })
    return undefined
  }
}
