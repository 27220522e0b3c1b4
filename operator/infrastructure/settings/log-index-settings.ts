import { plainLoginFaults } from './plain-login.ts'
import type { SettingFault } from './schema.ts'

export interface LogIndexSettings {
  readonly indices: readonly { readonly prefix: string; readonly topics: readonly string[] }[]
  readonly group: string
  readonly deadLetterTopic: string
  /** Absent: there is none. */
  readonly url?: string
  /** Else it logs in over https alone. */
  readonly allowUnencrypted: boolean
  /** At most one of these, and of a user and its password. */
  readonly tokenFile?: string
  readonly apiKeyFile?: string
  readonly user?: string
  readonly passwordFile?: string
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  readonly putTemplate: boolean
}

/** What single fields can't tell. `isOn`: the flow is one of this worker's. */
export function logIndexFaults(settings: LogIndexSettings, isOn: boolean): SettingFault[] {
  const { indices, deadLetterTopic, url, allowUnencrypted, tokenFile, apiKeyFile, user } = settings
  const topics = indices.flatMap((index) => index.topics)
  const fault = (path: string, isWrong: boolean, message: string): SettingFault[] =>
    isWrong ? [{ path: ['worker', 'logIndex', path], message }] : []
  const given = { tokenFile, apiKeyFile, passwordFile: user }
  const ways = Object.entries(given).flatMap(([way, value]) => (value === undefined ? [] : [way]))
  return [
    ...fault('url', isOn && url === undefined, 'is missing; give where logs are looked for, as http://opensearch:9200'),
    ...fault('indices', new Set(topics).size < topics.length, 'has a topic in two places; a topic goes to one index'),
    ...fault('deadLetterTopic', topics.includes(deadLetterTopic), 'is one of the topics; it needs to be another one'),
    ...fault('tokenFile', ways.length > 1, 'is one of several ways to log in; give tokenFile, apiKeyFile, or user'),
    ...plainLoginFaults(['worker', 'logIndex', 'url'], { url, allowUnencrypted, shows: ways[0] }),
  ]
}
