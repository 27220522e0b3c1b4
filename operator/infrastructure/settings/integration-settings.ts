import type { Routes } from '../../domain/integration/call.ts'
import type { Idempotency } from '../../domain/integration/delivery.ts'
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

export interface TargetSettings {
  readonly name: string
  /** Absent: there is none. */
  readonly url?: string
  readonly tokenFile?: string
  readonly oauth?: {
    readonly tokenEndpointUri: string
    readonly clientId: string
    readonly clientSecretFile: string
    readonly scope?: string
    readonly caFile?: string
  }
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  readonly idempotency: Idempotency
  readonly timeoutMs: number
  /** So long after a POST without an answer it has taken it or never will. */
  readonly settleMs: number
  readonly concurrency: number
  readonly breaker: { readonly failures: number; readonly openMs: number }
}

/** As the file has them. */
export interface IntegrationFile
  extends Omit<IntegrationSettings, 'delaysMs' | 'retriesKeptMs' | 'rowsKeptMs' | 'target'> {
  readonly delays: readonly string[]
  readonly retriesKept: string
  readonly rowsKept: string
  readonly target: Omit<TargetSettings, 'timeoutMs' | 'settleMs' | 'breaker'> & {
    readonly timeout: string
    readonly settle: string
    readonly breaker: { readonly failures: number; readonly openFor: string }
  }
}

export function integrationFromFile(file: IntegrationFile, ms: (duration: string) => number): IntegrationSettings {
  const { delays, retriesKept, rowsKept, target, ...others } = file
  const { timeout, settle, breaker, ...ofTarget } = target
  return {
    ...others,
    delaysMs: delays.map(ms),
    retriesKeptMs: ms(retriesKept),
    rowsKeptMs: ms(rowsKept),
    target: {
      ...ofTarget,
      timeoutMs: ms(timeout),
      settleMs: ms(settle),
      breaker: { failures: breaker.failures, openMs: ms(breaker.openFor) },
    },
  }
}

/** A call that takes longer would be taken for a handler that hangs, once others wait for it. */
const LONGEST_CALL_MS = 60_000

type Path = readonly string[]
const fault = (path: Path, isWrong: boolean, message: string): SettingFault[] =>
  isWrong ? [{ path: ['worker', 'integration', ...path], message }] : []

/** What single fields can't tell. `isOn`: the flow is one of this worker's. */
export function integrationFaults(settings: IntegrationSettings, isOn: boolean): SettingFault[] {
  const { topics, retryTopic, deadLetterTopic } = settings
  const all = [...topics, retryTopic, deadLetterTopic]
  return [
    ...fault(
      ['deadLetterTopic'],
      new Set(all).size < all.length,
      'is one of topics, or the retryTopic is; each needs its own',
    ),
    ...(isOn ? targetFaults(settings.target) : []),
    ...Object.entries(settings.routes).flatMap(([occasion, { method, lookup }]) => {
      const lacks = settings.target.idempotency === 'lookup' && method === 'POST' && lookup === undefined
      const message = 'is missing, and the target is asked by it before a second POST; give it, or another idempotency'
      return fault(['routes', occasion, 'lookup'], isOn && lacks, message)
    }),
  ]
}

function targetFaults({
  url,
  tokenFile,
  oauth,
  timeoutMs,
  settleMs,
  idempotency,
  breaker,
  tls,
}: TargetSettings): SettingFault[] {
  const isPlain = url?.startsWith('http:') === true
  return [
    ...fault(['target', 'url'], url === undefined, 'is missing, and the flow integration calls it; give https://host'),
    ...fault(
      ['target', 'oauth'],
      tokenFile !== undefined && oauth !== undefined,
      'is there beside tokenFile; give one',
    ),
    ...fault(['target', 'tls'], isPlain && tls !== undefined, 'is there, and url is http: nobody would be known by it'),
    ...fault(
      ['target', 'timeout'],
      timeoutMs < 10 || timeoutMs > LONGEST_CALL_MS,
      `is not between 10ms and ${LONGEST_CALL_MS / 1_000}s`,
    ),
    ...fault(
      ['target', 'settle'],
      idempotency === 'lookup' && settleMs < 2 * timeoutMs,
      'is not twice target.timeout at least: a call may wait for one before it',
    ),
    ...fault(['target', 'breaker', 'openFor'], breaker.openMs < 100, 'is not at least 100ms'),
  ]
}
