import type { GatewaySettings } from './gateway-settings.ts'
import { type IntegrationFile, integrationFromFile } from './integration-settings.ts'
import { type LogAlertFile, logAlertsFromFile } from './log-alert-settings.ts'
import type { LogIndexSettings } from './log-index-settings.ts'
import { type OrderFile, ordersFromFile } from './order-settings.ts'
import type {
  AlertSettings,
  EventSettings,
  FlowName,
  HistorySettings,
  KafkaSettings,
  LeaderElectionSettings,
  MachineSettings,
  NetworkSettings,
  Settings,
  StorageSettings,
} from './settings.ts'
import { type VirtualizationFile, virtualizationFromFile } from './virtualization-settings.ts'

/** The settings as the file has them, once the schema has filled in the defaults. */
export interface SettingsFile {
  readonly cluster: string
  readonly watchNamespaces: '*' | 'own' | readonly string[]
  readonly leaderElection: {
    readonly leaseName: string
    readonly namespace?: string
    readonly leaseDuration: string
    readonly renewDeadline: string
    readonly retryPeriod: string
    readonly giveWayAfter: string
    readonly takeOverFrom: readonly string[]
  }
  readonly kafka: Omit<KafkaSettings, 'publishTimeoutMs'> & { readonly publishTimeout: string }
  readonly databases: Settings['databases']
  readonly events: Omit<EventSettings, 'spoolAfterMs'> & { readonly spoolAfter: string }
  readonly machines: Omit<MachineSettings, 'simulated'> & {
    readonly simulated: { readonly bootDelay: string; readonly network: string }
  }
  readonly storages: Omit<StorageSettings, 'simulated'> & { readonly simulated: { readonly allocationDelay: string } }
  readonly networks: NetworkSettings
  readonly requests: {
    readonly giveUpAfter: string
    readonly keepFinished: string
    readonly keepFinishedMax: number
    readonly rememberIn?: string
    readonly rememberFor: string
  }
  readonly orders: OrderFile
  readonly gateway: Omit<GatewaySettings, 'maxEventLoopDelayMs' | 'keepFinishedMs'> & {
    readonly maxEventLoopDelay: string
    readonly keepFinished: string
  }
  readonly worker: {
    readonly flows: readonly FlowName[]
    readonly database: string
    readonly alerts: Omit<AlertSettings, 'repeatEveryMs'> & { readonly repeatEvery: string }
    readonly history: HistorySettings
    readonly integration: IntegrationFile
    readonly logAlerts: LogAlertFile
    readonly logIndex: LogIndexSettings
    readonly virtualization: VirtualizationFile
  }
  readonly metrics: { readonly port: number | 'off'; readonly legacyNames: boolean; readonly maxStocks: number }
  readonly health: { readonly port: number | 'off' }
  readonly log: Settings['log']
  readonly retention: { readonly finishedAfter: string; readonly finishedMax: number }
  readonly shutdownGrace: string
}

type Milliseconds = (duration: string) => number

function watched(given: SettingsFile['watchNamespaces']): Settings['watchNamespaces'] {
  if (given === '*') return { kind: 'all' }
  return given === 'own' ? { kind: 'own' } : { kind: 'list', namespaces: given as readonly string[] }
}

function leaderElection(given: SettingsFile['leaderElection'], ms: Milliseconds): LeaderElectionSettings {
  const { leaseDuration, renewDeadline, retryPeriod, giveWayAfter, ...names } = given
  return {
    ...names,
    leaseDurationMs: ms(leaseDuration),
    renewDeadlineMs: ms(renewDeadline),
    retryPeriodMs: ms(retryPeriod),
    giveWayAfterMs: ms(giveWayAfter),
  }
}

function openPort(port: number | 'off'): { port?: number } {
  return port === 'off' ? {} : { port }
}

function kafka({ publishTimeout, ...given }: SettingsFile['kafka'], ms: Milliseconds): { kafka?: KafkaSettings } {
  return given.brokers.length === 0 ? {} : { kafka: { ...given, publishTimeoutMs: ms(publishTimeout) } }
}

function machines({ simulated, ...given }: SettingsFile['machines'], ms: Milliseconds): MachineSettings {
  return { ...given, simulated: { bootDelayMs: ms(simulated.bootDelay), network: simulated.network } }
}

function storages({ simulated, ...given }: SettingsFile['storages'], ms: Milliseconds): StorageSettings {
  return { ...given, simulated: { allocationDelayMs: ms(simulated.allocationDelay) } }
}

function gateway(file: SettingsFile['gateway'], ms: Milliseconds): GatewaySettings {
  const { maxEventLoopDelay, keepFinished, ...given } = file
  return { ...given, maxEventLoopDelayMs: ms(maxEventLoopDelay), keepFinishedMs: ms(keepFinished) }
}

function requests(file: SettingsFile['requests'], ms: Milliseconds): Settings['requests'] {
  const { giveUpAfter, keepFinished, rememberFor, ...given } = file
  return {
    ...given,
    ...{ giveUpAfterMs: ms(giveUpAfter), keepFinishedMs: ms(keepFinished), rememberForMs: ms(rememberFor) },
  }
}

function worker(
  { alerts, integration, logAlerts, virtualization, ...others }: SettingsFile['worker'],
  ms: Milliseconds,
): Settings['worker'] {
  const { repeatEvery, ...given } = alerts
  return {
    ...others,
    alerts: { ...given, repeatEveryMs: ms(repeatEvery) },
    integration: integrationFromFile(integration, ms),
    logAlerts: logAlertsFromFile(logAlerts, ms),
    virtualization: virtualizationFromFile(virtualization, ms),
  }
}

/** The typed settings of a file that the schema has accepted. */
export function settingsFromFile(file: SettingsFile, ms: Milliseconds): Settings {
  const { spoolAfter, ...events } = file.events
  const { port: metricsPort, ...metrics } = file.metrics
  return {
    cluster: file.cluster,
    watchNamespaces: watched(file.watchNamespaces),
    leaderElection: leaderElection(file.leaderElection, ms),
    ...kafka(file.kafka, ms),
    databases: file.databases,
    events: { ...events, spoolAfterMs: ms(spoolAfter) },
    machines: machines(file.machines, ms),
    storages: storages(file.storages, ms),
    networks: file.networks,
    requests: requests(file.requests, ms),
    orders: ordersFromFile(file.orders, ms),
    gateway: gateway(file.gateway, ms),
    worker: worker(file.worker, ms),
    metrics: { ...metrics, ...openPort(metricsPort) },
    health: openPort(file.health.port),
    log: file.log,
    retention: { finishedAfterMs: ms(file.retention.finishedAfter), finishedMax: file.retention.finishedMax },
    shutdownGraceMs: ms(file.shutdownGrace),
  }
}
