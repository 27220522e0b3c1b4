import type { SourceRule } from '../../domain/virtualization/may-ask.ts'
import { plainLoginFaults } from './plain-login.ts'
import type { SettingFault } from './schema.ts'

/** The flow virtualization. */
export interface VirtualizationSettings {
  readonly topics: readonly string[]
  readonly group: string
  readonly retryTopic: string
  readonly deadLetterTopic: string
  /** Where senders hear of what is refused; empty: nowhere. */
  readonly eventsTopic: string
  readonly delaysMs: readonly number[]
  /** For messages that name none. */
  readonly namespace?: string
  readonly maxUnfinished: number
  readonly sources: readonly SourceSettings[]
  /** Absent: no topic is Avro. */
  readonly registry?: {
    readonly url: string
    /** Else it logs in over https alone. */
    readonly allowUnencrypted: boolean
    readonly caFile?: string
    readonly username?: string
    readonly passwordFile?: string
  }
}

/** What a topic may ask for, and whose signatures say more of a message. */
export interface SourceSettings extends SourceRule {
  readonly signingKeyFiles: readonly string[]
  readonly encoding: 'json' | 'avro'
}

export type VirtualizationFile = Omit<VirtualizationSettings, 'delaysMs'> & { readonly delays: readonly string[] }

export function virtualizationFromFile(
  { delays, ...given }: VirtualizationFile,
  ms: (duration: string) => number,
): VirtualizationSettings {
  return { ...given, delaysMs: delays.map(ms) }
}

/** What single fields can't tell. */
export function virtualizationFaults(
  { topics, retryTopic, deadLetterTopic, sources, registry }: VirtualizationSettings,
  isUsed: boolean,
): SettingFault[] {
  const path = ['worker', 'virtualization']
  const names = [...topics, retryTopic, deadLetterTopic]
  const unruled = topics.filter((topic) => !sources.some((source) => source.topic === topic))
  const avro = sources.find(({ encoding }) => encoding === 'avro')
  const twice = sources.find(({ topic }, index) => sources.findIndex((source) => source.topic === topic) !== index)
  return [
    ...(new Set(names).size === names.length
      ? []
      : [{ path, message: 'topics, retryTopic and deadLetterTopic need to be different ones' }]),
    ...(twice ? [{ path: [...path, 'sources'], message: `has two rules for ${twice.topic}; give one` }] : []),
    ...(avro && !registry
      ? [{ path: [...path, 'registry'], message: `is missing, and ${avro.topic} is avro: say where its schemas are` }]
      : []),
    ...(registry
      ? plainLoginFaults([...path, 'registry', 'url'], { ...registry, shows: registry.passwordFile && 'passwordFile' })
      : []),
    ...(isUsed && unruled.length > 0
      ? [
          {
            path: [...path, 'sources'],
            message: `has no rule for ${unruled.join(', ')}, so nothing may be asked for there; say which namespaces, types, pools, classes, fabrics and users it may name`,
          },
        ]
      : []),
  ]
}
