import type { LogLevel } from '../../application/logger.ts'
import type { ProviderName } from '../../domain/machine/machine.ts'
import type { MachinePolicies } from '../../domain/machine/policy.ts'
import type { Money } from '../../domain/money.ts'
import type { Fabric } from '../../domain/network/fabric.ts'
import type { NetworkProviderName } from '../../domain/network/network.ts'
import type { Level } from '../../domain/stock/level.ts'
import type { StorageProviderName } from '../../domain/storage/storage.ts'
import type { StoragePolicies } from '../../domain/storage/storage-terms.ts'
import type { GatewaySettings } from './gateway-settings.ts'
import type { IntegrationSettings } from './integration-settings.ts'
import type { AlertmanagerSettings, LogAlertSettings } from './log-alert-settings.ts'
import type { LogIndexSettings } from './log-index-settings.ts'
import type { OrderSettings } from './order-settings.ts'
import type { VirtualizationSettings } from './virtualization-settings.ts'

/** Everything that can be set, complete and checked. */
export interface Settings {
  /** Path of a kubeconfig; absent = the pod's own account, or what kubectl would take. */
  readonly kubeconfig?: string
  readonly cluster: string
  readonly watchNamespaces: WatchedNamespaces
  readonly leaderElection: LeaderElectionSettings
  /** Absent: no Kafka; events go to the log. */
  readonly kafka?: KafkaSettings
  /** By the name that stocks call them; none = every stock's books are in the cluster. */
  readonly databases: Readonly<Record<string, DatabaseSettings>>
  readonly events: EventSettings
  readonly machines: MachineSettings
  readonly storages: StorageSettings
  readonly networks: NetworkSettings
  readonly requests: RequestSettings
  readonly orders: OrderSettings
  readonly gateway: GatewaySettings
  readonly worker: WorkerSettings
  /** A port that is absent is off, 0 is any free one. */
  readonly metrics: { readonly port?: number; readonly legacyNames: boolean; readonly maxStocks: number }
  readonly health: { readonly port?: number }
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'text' }
  /** 0 = never, any number. */
  readonly retention: { readonly finishedAfterMs: number; readonly finishedMax: number }
  readonly shutdownGraceMs: number
}

export type WatchedNamespaces =
  | { readonly kind: 'all' }
  | { readonly kind: 'own' }
  | { readonly kind: 'list'; readonly namespaces: readonly string[] }

export interface LeaderElectionSettings {
  readonly leaseName: string
  /** Absent: the operator's own. */
  readonly namespace?: string
  readonly leaseDurationMs: number
  readonly renewDeadlineMs: number
  readonly retryPeriodMs: number
  /** How long its clock may be wrong before a leader ends. */
  readonly giveWayAfterMs: number
  /** Installs that are gone for good though nobody can see that: namespace/name of their leases. */
  readonly takeOverFrom: readonly string[]
}

export interface KafkaSettings {
  /** Never empty. */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly ssl?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  readonly sasl?: KafkaLoginSettings
  readonly publishTimeoutMs: number
  readonly createTopics: boolean
}

export type KafkaLoginSettings = {
  /** Else a login needs `ssl`, and a token endpoint https. */
  readonly allowUnencrypted: boolean
} & (
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username: string
      readonly passwordFile: string
    }
  | {
      readonly mechanism: 'oauthbearer'
      readonly oauth: {
        readonly tokenEndpointUri: string
        readonly clientId: string
        readonly clientSecretFile: string
        readonly scope?: string
        readonly caFile?: string
      }
    }
)

/** One of `url` and `folder` is there. */
export interface DatabaseSettings {
  /** Without a password. */
  readonly url?: string
  /** Of files host, port, dbname, username or user, and password. */
  readonly folder?: string
  readonly passwordFile?: string
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  /** Else a login needs `tls`. */
  readonly allowUnencrypted: boolean
  /** Books of stocks, or what workers keep. */
  readonly serves: 'stocks' | 'flows'
  readonly durability: 'required' | 'local'
  /** Whose stocks may have their books there. */
  readonly namespaces: '*' | readonly string[]
  /** What may wait there to be delivered as events; then nothing new is held. */
  readonly maxOutboxBytes: number
  /** What each namespace may have there that holds or lends something; then gateways hold nothing new for it. */
  readonly maxLiveReservations: number
  /** The role of the gateways, which the operator gives what they need; absent: they come in as the operator does. */
  readonly gatewayRole?: string
}

/** An event goes to the topic of the first route that fits; an absent condition always fits. */
export interface EventRoute {
  /** Such as `reservation.expired`, or `stock.*`. */
  readonly types?: readonly string[]
  readonly levels?: readonly Level[]
  readonly priceAbove?: Money
  readonly topic: string
  /** More topics that it goes to. */
  readonly alsoTo?: readonly string[]
}

export interface EventSettings {
  readonly profile: 'topics' | 'flat'
  readonly routes: readonly EventRoute[]
  readonly auditTopic: string
  readonly flatTopic: string
  /** How long an event may wait for a topic before it is spooled. */
  readonly spoolAfterMs: number
  /** What all spools together may take; events beyond stay in the journals. */
  readonly maxSpooledBytes: number
}

export interface MachineSettings {
  /** For machines that name none. */
  readonly provider: ProviderName
  /** Refused tries in a row after which a machine has failed. */
  readonly maxTries: number
  readonly policies: MachinePolicies
  /** `network`: an IPv4 network such as 10.10.0.0/16. */
  readonly simulated: { readonly bootDelayMs: number; readonly network: string }
  readonly kubevirt: { readonly storage: 'emptyDisk' | 'dataVolume'; readonly storageClass?: string }
}

export interface StorageSettings {
  /** For storages that name none. */
  readonly provider: StorageProviderName
  /** Refused tries in a row after which a storage has failed. */
  readonly maxTries: number
  readonly policies: StoragePolicies
  /** By the name that storages call them. */
  readonly classes: Readonly<Record<string, StorageClassSettings>>
  readonly simulated: { readonly allocationDelayMs: number }
}

export interface StorageClassSettings {
  /** Absent: the cluster's default. */
  readonly storageClass?: string
  readonly accessMode: 'ReadWriteOnce' | 'ReadWriteOncePod' | 'ReadOnlyMany' | 'ReadWriteMany'
  readonly volumeMode: 'Filesystem' | 'Block'
  readonly binding: 'Immediate' | 'WaitForFirstConsumer'
}

export interface NetworkSettings {
  /** For networks that name none. */
  readonly provider: NetworkProviderName
  /** Refused tries in a row after which a network has failed. */
  readonly maxTries: number
  /** By the name that networks call them. */
  readonly fabrics: Readonly<Record<string, Fabric>>
}

/** 0 = for ever, any number. */
export interface RequestSettings {
  readonly giveUpAfterMs: number
  readonly keepFinishedMs: number
  readonly keepFinishedMax: number
  /** The one of `databases` where messages of requests that are deleted are remembered. Absent: nowhere. */
  readonly rememberIn?: string
  readonly rememberForMs: number
}

export interface WorkerSettings {
  readonly flows: readonly FlowName[]
  /** The one of `databases` where flows keep what they keep. */
  readonly database: string
  readonly alerts: AlertSettings
  readonly history: HistorySettings
  readonly integration: IntegrationSettings
  readonly logAlerts: LogAlertSettings
  readonly logIndex: LogIndexSettings
  readonly virtualization: VirtualizationSettings
}

export type FlowName = 'alerts' | 'history' | 'integration' | 'log-alerts' | 'log-index' | 'virtualization'

export interface HistorySettings {
  readonly topics: readonly string[]
  readonly group: string
  readonly deadLetterTopic: string
}

export interface AlertSettings {
  readonly topics: readonly string[]
  readonly group: string
  readonly deadLetterTopic: string
  readonly alertmanagers: readonly AlertmanagerSettings[]
  readonly repeatEveryMs: number
}
