import { plainAlertmanagerFaults } from './plain-login.ts'
import type { SettingFault } from './schema.ts'

/** One that alerts are posted to. */
export interface AlertmanagerSettings {
  readonly url: string
  readonly tokenFile?: string
  readonly caFile?: string
  /** Else a token goes over https alone. */
  readonly allowUnencrypted: boolean
}

/** The flow log-alerts. */
export interface LogAlertSettings {
  readonly topics: readonly string[]
  readonly group: string
  readonly deadLetterTopic: string
  readonly alertmanagers: readonly AlertmanagerSettings[]
  /** An alert is over when so long no line of its service says that something has failed. */
  readonly quietAfterMs: number
  readonly mostOpen: number
}

export type LogAlertFile = Omit<LogAlertSettings, 'quietAfterMs'> & { readonly quietAfter: string }

export function logAlertsFromFile(
  { quietAfter, ...given }: LogAlertFile,
  ms: (duration: string) => number,
): LogAlertSettings {
  return { ...given, quietAfterMs: ms(quietAfter) }
}

/** What single fields can't tell. `isOn`: the flow is one of this worker's. */
export function logAlertFaults(settings: LogAlertSettings, isOn: boolean): SettingFault[] {
  const { topics, deadLetterTopic, alertmanagers, quietAfterMs } = settings
  const fault = (path: string, isWrong: boolean, message: string): SettingFault[] =>
    isWrong ? [{ path: ['worker', 'logAlerts', path], message }] : []
  const none = 'is empty, and the flow log-alerts posts to nobody then; give [{url: http://alertmanager:9093}]'
  return [
    ...fault('alertmanagers', isOn && alertmanagers.length === 0, none),
    ...plainAlertmanagerFaults(['worker', 'logAlerts', 'alertmanagers'], alertmanagers),
    ...fault('deadLetterTopic', topics.includes(deadLetterTopic), 'is one of topics; it needs to be another one'),
    ...fault('quietAfter', quietAfterMs < 10_000, 'is not at least 10s'),
  ]
}
