import { isPlain, plainLoginFaults } from './plain-login.ts'
import type { SettingFault } from './schema.ts'

/** Where somebody else's API is, and how it is to be asked. */
export interface RemoteApiSettings {
  /** Absent: nobody is asked. */
  readonly url?: string
  /** Else what is secret goes over https alone. */
  readonly allowUnencrypted: boolean
  readonly tokenFile?: string
  readonly oauth?: {
    readonly tokenEndpointUri: string
    readonly clientId: string
    readonly clientSecretFile: string
    readonly scope?: string
    readonly caFile?: string
  }
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  readonly timeoutMs: number
  readonly concurrency: number
  readonly breaker: { readonly failures: number; readonly openMs: number }
}

/** As the file has it. */
export type RemoteApiFile<Settings extends RemoteApiSettings> = Omit<Settings, 'timeoutMs' | 'breaker'> & {
  readonly timeout: string
  readonly breaker: { readonly failures: number; readonly openFor: string }
}

/** What `timeout` and `breaker` of a file are; the rest is as it is there. */
export function remoteApiTimes(
  { timeout, breaker }: Pick<RemoteApiFile<RemoteApiSettings>, 'timeout' | 'breaker'>,
  ms: (duration: string) => number,
): Pick<RemoteApiSettings, 'timeoutMs' | 'breaker'> {
  return { timeoutMs: ms(timeout), breaker: { failures: breaker.failures, openMs: ms(breaker.openFor) } }
}

/** Whoever waits for a call that takes longer would be taken for one that hangs. */
const LONGEST_CALL_MS = 60_000

/** What single fields can't tell. `path`: where they are; `whose`: who calls it. */
export function remoteApiFaults(
  path: readonly string[],
  { url, allowUnencrypted, tokenFile, oauth, timeoutMs, breaker, tls }: RemoteApiSettings,
  whose: string,
): SettingFault[] {
  const fault = (field: readonly string[], isWrong: boolean, message: string): SettingFault[] =>
    isWrong ? [{ path: [...path, ...field], message }] : []
  const shows = (tokenFile && 'tokenFile') ?? (oauth && 'oauth')
  const endpoint = { url: oauth?.tokenEndpointUri, shows: 'clientSecretFile', allowUnencrypted }
  return [
    ...fault(['url'], url === undefined, `is missing, and ${whose} calls it; give https://host`),
    ...fault(['oauth'], tokenFile !== undefined && oauth !== undefined, 'is there beside tokenFile; give one'),
    ...fault(['tls'], isPlain(url) && tls !== undefined, 'is there, and url is http: nobody would be known by it'),
    ...plainLoginFaults([...path, 'url'], { url, shows, allowUnencrypted }),
    ...plainLoginFaults([...path, 'oauth', 'tokenEndpointUri'], endpoint),
    ...fault(
      ['timeout'],
      timeoutMs < 10 || timeoutMs > LONGEST_CALL_MS,
      `is not between 10ms and ${LONGEST_CALL_MS / 1_000}s`,
    ),
    ...fault(['breaker', 'openFor'], breaker.openMs < 100, 'is not at least 100ms'),
  ]
}
