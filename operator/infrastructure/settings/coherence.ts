import { isReserved } from '../../domain/gateway/issued-identity.ts'
import { fabricFaults } from './fabric-settings.ts'
import type { IssuerSettings } from './gateway-settings.ts'
import { integrationFaults } from './integration-settings.ts'
import { logAlertFaults } from './log-alert-settings.ts'
import { logIndexFaults } from './log-index-settings.ts'
import { orderFaults } from './order-settings.ts'
import { plainAlertmanagerFaults } from './plain-login.ts'
import type { SettingFault } from './schema.ts'
import type {
  DatabaseSettings,
  FlowName,
  HistorySettings,
  KafkaSettings,
  Settings,
  WorkerSettings,
} from './settings.ts'
import { virtualizationFaults } from './virtualization-settings.ts'

/** As in client-go: the pause between two tries may be stretched by this much. */
const RETRY_JITTER = 1.2

function fault(path: readonly string[], broken: boolean, message: string): SettingFault[] {
  return broken ? [{ path, message }] : []
}

/** A login is worth what its way is worth: also SCRAM, which hides the password but not what follows it. */
function loginFaults({ ssl, sasl }: KafkaSettings): SettingFault[] {
  if (!sasl || sasl.allowUnencrypted) return []
  const meant = 'or kafka.sasl.allowUnencrypted: true if that is meant'
  const endpoint = sasl.mechanism === 'oauthbearer' ? sasl.oauth.tokenEndpointUri : ''
  return [
    ...fault(
      ['kafka', 'sasl'],
      ssl === undefined,
      `would log in without encryption; set kafka.ssl (ssl: {} trusts public authorities), ${meant}`,
    ),
    ...fault(
      ['kafka', 'sasl', 'oauth', 'tokenEndpointUri'],
      endpoint.startsWith('http:'),
      `${JSON.stringify(endpoint)} would send the client's secret without encryption; give an https URL, ${meant}`,
    ),
  ]
}

/** As a login to Kafka: what follows it is worth as much. */
function databaseFaults([name, database]: [string, DatabaseSettings]): SettingFault[] {
  const { url, folder, passwordFile, tls, allowUnencrypted } = database
  const path = ['databases', name]
  const logsIn = folder !== undefined || passwordFile !== undefined
  return [
    ...(url === undefined ? [] : addressFaults([...path, 'url'], url)),
    ...fault(
      path,
      url === undefined && folder === undefined,
      'has neither url nor folder; one of them has to say where it is',
    ),
    ...fault(path, url !== undefined && folder !== undefined, 'has both url and folder; leave one of them out'),
    ...fault([...path, 'passwordFile'], passwordFile !== undefined && folder !== undefined, 'is in the folder already'),
    ...fault(
      path,
      logsIn && tls === undefined && !allowUnencrypted,
      'would log in without encryption; set tls (tls: {} trusts public authorities), or allowUnencrypted: true if that is meant',
    ),
  ]
}

/** None shows what was given: a password may be in it. */
function addressFaults(path: readonly string[], url: string): SettingFault[] {
  if (!URL.canParse(url))
    return fault(path, true, 'is not a URL of one host such as postgres://kbnt@db.example:5432/kbnt')
  const { password, search } = new URL(url)
  return [
    ...fault(path, password !== '', 'has a password in it; put that into a file and name it in passwordFile'),
    ...fault(path, search !== '', 'has parameters in it; end it before the question mark, and set encryption by tls'),
  ]
}

/** Nobody of one issuer may have the name of somebody of another, or of the cluster's own. */
function issuerFaults(issuers: readonly IssuerSettings[]): SettingFault[] {
  return issuers.flatMap((issuer, index) => {
    const path = ['gateway', 'tokens', 'issuers', String(index)]
    const others = issuers.slice(0, index)
    const isTaken = others.some((other) => other.issuer === issuer.issuer)
    const prefixes = (['usernamePrefix', 'groupsPrefix'] as const).flatMap((name) => {
      const other = others.find((one) => overlaps(one[name], issuer[name]))
      const meets = `${JSON.stringify(issuer[name])} and ${JSON.stringify(other?.[name])} of ${other?.issuer} could begin the same name`
      const reserved = `${JSON.stringify(issuer[name])} begins names of the cluster`
      return [
        ...fault([...path, name], isReserved(issuer[name]), reserved),
        ...fault([...path, name], other !== undefined, meets),
      ]
    })
    return [...fault([...path, 'issuer'], isTaken, `${JSON.stringify(issuer.issuer)} is there twice`), ...prefixes]
  })
}

function overlaps(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one)
}

type Databases = Settings['databases']

function workerFaults(worker: WorkerSettings, kafka: KafkaSettings | undefined, databases: Databases): SettingFault[] {
  const { flows, alerts, history, integration, logAlerts, logIndex, virtualization } = worker
  const none = 'is empty, and the flow alerts posts to nobody then; give [{url: http://alertmanager:9093}]'
  const ownTopic = ({ topics, deadLetterTopic }: Pick<HistorySettings, 'topics' | 'deadLetterTopic'>, flow: string) =>
    fault(
      ['worker', flow, 'deadLetterTopic'],
      topics.includes(deadLetterTopic),
      'is one of topics; it needs to be another one',
    )
  return [
    ...fault(['kafka', 'brokers'], flows.length > 0 && kafka === undefined, 'is empty, and flows read topics'),
    ...fault(
      ['worker', 'alerts', 'alertmanagers'],
      flows.includes('alerts') && alerts.alertmanagers.length === 0,
      none,
    ),
    ...plainAlertmanagerFaults(['worker', 'alerts', 'alertmanagers'], alerts.alertmanagers),
    ...groupFaults(worker),
    ...ownTopic(alerts, 'alerts'),
    ...ownTopic(history, 'history'),
    ...fault(['worker', 'alerts', 'repeatEvery'], alerts.repeatEveryMs < 1_000, 'is not at least 1s'),
    ...virtualizationFaults(virtualization, flows.includes('virtualization')),
    ...integrationFaults(integration, flows.includes('integration')),
    ...logAlertFaults(logAlerts, flows.includes('log-alerts')),
    ...logIndexFaults(logIndex, flows.includes('log-index')),
    ...(flows.some((flow) => keeping.has(flow)) ? keptFaults(['worker', 'database'], worker.database, databases) : []),
  ]
}

const settingsOfFlow = {
  ...{ alerts: 'alerts', history: 'history', integration: 'integration', virtualization: 'virtualization' },
  ...{ 'log-alerts': 'logAlerts', 'log-index': 'logIndex' },
} as const satisfies Readonly<Record<FlowName, keyof WorkerSettings>>

/**
 * Of one group each member may be given any topic's partitions, and does with them what its own flow does. Also flows that
 * run elsewhere count: their workers mostly have the same file.
 */
function groupFaults(worker: WorkerSettings): SettingFault[] {
  return worker.flows.flatMap((flow) => {
    const own = settingsOfFlow[flow]
    const { group } = worker[own]
    const other = Object.values(settingsOfFlow).find((one) => one !== own && worker[one].group === group)
    const message = `${JSON.stringify(group)} is the group of worker.${other}, too: each would be given messages of the other; give one of them another group`
    return fault(['worker', own, 'group'], other !== undefined, message)
  })
}

/** Flows that keep something in a database. */
const keeping: ReadonlySet<string> = new Set<FlowName>(['history', 'integration'])

function keptFaults(path: readonly string[], name: string, databases: Databases): SettingFault[] {
  const { serves } = databases[name] ?? {}
  return [
    ...fault(
      path,
      serves === undefined,
      `is ${JSON.stringify(name)}, and databases has none of that name; name there one of PostgreSQL with serves: flows`,
    ),
    ...fault(
      path,
      serves === 'stocks',
      `is ${JSON.stringify(name)}, which has books of stocks; name one that says serves: flows`,
    ),
  ]
}

function memoryFaults(
  { rememberIn, rememberForMs, keepFinishedMs }: Settings['requests'],
  databases: Databases,
): SettingFault[] {
  if (rememberIn === undefined) return []
  const path = ['requests', 'rememberFor']
  const message = `${rememberForMs} ms is shorter than keepFinished, ${keepFinishedMs} ms: a message would be forgotten before its request`
  return [
    ...keptFaults(['requests', 'rememberIn'], rememberIn, databases),
    ...fault(
      path,
      rememberForMs < keepFinishedMs || rememberForMs === 0,
      rememberForMs === 0 ? 'is 0 ms, and nothing would be remembered' : message,
    ),
  ]
}

function leaseFaults({ leaseDurationMs, renewDeadlineMs, retryPeriodMs }: Settings['leaderElection']): SettingFault[] {
  const lease = ['leaderElection']
  return [
    ...fault(
      [...lease, 'renewDeadline'],
      renewDeadlineMs >= leaseDurationMs,
      `${renewDeadlineMs} ms is not shorter than leaseDuration, ${leaseDurationMs} ms`,
    ),
    ...fault(
      [...lease, 'retryPeriod'],
      retryPeriodMs === 0 || retryPeriodMs * RETRY_JITTER >= renewDeadlineMs,
      `${retryPeriodMs} ms is not between 0 and renewDeadline / ${RETRY_JITTER}, ${Math.floor(renewDeadlineMs / RETRY_JITTER)} ms`,
    ),
    ...fault([...lease, 'leaseDuration'], leaseDurationMs < 1_000, `${leaseDurationMs} ms is not at least 1s`),
  ]
}

/** What single fields can't tell: settings that contradict each other. */
export function coherenceFaults({
  leaderElection,
  kafka,
  databases,
  networks,
  requests,
  orders,
  gateway,
  worker,
}: Settings): SettingFault[] {
  return [
    ...leaseFaults(leaderElection),
    ...(kafka === undefined ? [] : loginFaults(kafka)),
    ...Object.entries(databases).flatMap(databaseFaults),
    ...fabricFaults(networks.fabrics),
    ...memoryFaults(requests, databases),
    ...issuerFaults(gateway.tokens.issuers),
    ...fault(
      ['gateway', 'logs', 'routes'],
      !gateway.logs.routes.some(({ levels, services }) => levels === undefined && services === undefined),
      'has none without levels and services, and entries that no other takes would be lost; give one with a topic alone',
    ),
    ...fault(
      ['gateway', 'logs', 'enabled'],
      gateway.logs.enabled && kafka === undefined,
      'is true, and kafka.brokers names none to take logs',
    ),
    ...fault(
      ['gateway', 'requests', 'enabled'],
      gateway.requests.enabled && kafka === undefined,
      'is true, and kafka.brokers names none to take requests',
    ),
    ...(['historyDatabase', 'consumptionDatabase'] as const).flatMap((setting) => {
      const name = gateway[setting]
      return name === undefined ? [] : keptFaults(['gateway', setting], name, databases)
    }),
    ...orderFaults(orders),
    ...workerFaults(worker, kafka, databases),
    ...fault(['kafka', 'publishTimeout'], kafka !== undefined && kafka.publishTimeoutMs < 100, 'is not at least 100ms'),
  ]
}
