import type { Routes } from '../../domain/integration/call.ts'
import type { Idempotency } from '../../domain/integration/delivery.ts'
import { type RemoteApiFile, type RemoteApiSettings, remoteApiFaults, remoteApiTimes } from './remote-api-settings.ts'
import type { SettingFault } from './schema.ts'

export interface IntegrationSettings {
  readonly group: string
  readonly topics: readonly string[]
  readonly retryTopic: string
  readonly deadLetterTopic: string
  readonly delaysMs: readonly number[]
  /** How long the retry topic keeps its records. */
  readonly retriesKeptMs: number
  /** Rows of events go when they are older. */
  readonly rowsKeptMs: number
  readonly target: TargetSettings
  readonly routes: Routes
}

export interface TargetSettings extends RemoteApiSettings {
  readonly name: string
  readonly idempotency: Idempotency
  /** So long after a POST without an answer it has taken it or never will. */
  readonly settleMs: number
}

/** As the file has them. */
export interface IntegrationFile
  extends Omit<IntegrationSettings, 'delaysMs' | 'retriesKeptMs' | 'rowsKeptMs' | 'target'> {
  readonly delays: readonly string[]
  readonly retriesKept: string
  readonly rowsKept: string
  readonly target: Omit<RemoteApiFile<TargetSettings>, 'settleMs'> & { readonly settle: string }
}

export function integrationFromFile(file: IntegrationFile, ms: (duration: string) => number): IntegrationSettings {
  const { delays, retriesKept, rowsKept, target, ...others } = file
  const { timeout, settle, breaker, ...ofTarget } = target
  return {
    ...others,
    delaysMs: delays.map(ms),
    retriesKeptMs: ms(retriesKept),
    rowsKeptMs: ms(rowsKept),
    target: { ...ofTarget, ...remoteApiTimes(target, ms), settleMs: ms(settle) },
  }
}

type Path = readonly string[]
const fault = (path: Path, isWrong: boolean, message: string): SettingFault[] =>
  isWrong ? [{ path: ['worker', 'integration', ...path], message }] : []

/** What single fields can't tell. `isOn`: the flow is one of this worker's. */
export function integrationFaults(settings: IntegrationSettings, isOn: boolean): SettingFault[] {
  const { topics, retryTopic, deadLetterTopic } = settings
  const { idempotency, settleMs, timeoutMs } = settings.target
  const all = [...topics, retryTopic, deadLetterTopic]
  return [
    ...fault(
      ['deadLetterTopic'],
      new Set(all).size < all.length,
      'is one of topics, or the retryTopic is; each needs its own',
    ),
    ...(isOn ? remoteApiFaults(['worker', 'integration', 'target'], settings.target, 'the flow integration') : []),
    ...fault(
      ['target', 'settle'],
      isOn && idempotency === 'lookup' && settleMs < 2 * timeoutMs,
      'is not twice target.timeout at least: a call may wait for one before it',
    ),
    ...Object.entries(settings.routes).flatMap(([occasion, { method, lookup }]) => {
      const lacks = settings.target.idempotency === 'lookup' && method === 'POST' && lookup === undefined
      const message = 'is missing, and the target is asked by it before a second POST; give it, or another idempotency'
      return fault(['routes', occasion, 'lookup'], isOn && lacks, message)
    }),
  ]
}
