import { scenarios } from '../../../config/load/scenarios.ts'

export type ScenarioName = keyof typeof scenarios

/** What somebody wants to be run, and where. */
export interface Wishes {
  readonly names: readonly ScenarioName[]
  readonly scale: number
  /** How many gateways share the load, one run after the other. */
  readonly gateways: readonly [number, ...number[]]
  readonly namespace: string
  /** Gateways that run somewhere; undefined = servers of its own. */
  readonly there: There | undefined
}

export interface There {
  readonly urls: readonly [string, ...string[]]
  readonly tokenFile: string
  /** For the audit; undefined = the books are not looked at. */
  readonly kubeconfig: string | undefined
}

/** As flags give it; several URLs are told by one flag each. */
export interface Flags {
  readonly scale: string
  readonly gateways?: string | undefined
  readonly namespace?: string | undefined
  readonly url?: readonly string[] | undefined
  readonly 'token-file'?: string | undefined
  readonly kubeconfig?: string | undefined
}

const MOST_SCALE = 10
const MOST_GATEWAYS = 8
const allNames = Object.keys(scenarios) as ScenarioName[]

/** What makes no sense, as a sentence that says how it would. */
export class BadWish extends Error {}

/** Throws a BadWish where names or flags make no sense. */
export function wishesFrom(positionals: readonly string[], flags: Flags): Wishes {
  const there = thereFrom(flags)
  if (there && !flags.namespace)
    throw new BadWish('--url needs --namespace: where the load may make stocks and reservations, which stay there')
  return {
    names: namesFrom(positionals),
    scale: scaleFrom(flags.scale),
    gateways: gatewaysFrom(flags.gateways ?? `${there?.urls.length ?? 1}`, there?.urls.length ?? MOST_GATEWAYS, there),
    namespace: flags.namespace ?? 'load',
    there,
  }
}

function namesFrom(positionals: readonly string[]): ScenarioName[] {
  const known = `${allNames.join(', ')} or all`
  if (positionals.length === 0) throw new BadWish(`which scenario? ${known}`)
  if (positionals.includes('all')) return allNames
  const unknown = positionals.find((name) => !(allNames as string[]).includes(name))
  if (unknown !== undefined) throw new BadWish(`there is no scenario "${unknown}": ${known}`)
  return allNames.filter((name) => positionals.includes(name))
}

function scaleFrom(text: string): number {
  const scale = Number(text)
  if (scale > 0 && scale <= MOST_SCALE) return scale
  throw new BadWish(`--scale: "${text}" is not a number above 0 and up to ${MOST_SCALE}`)
}

function gatewaysFrom(text: string, most: number, there: There | undefined): [number, ...number[]] {
  const counts = text.split(',').map(Number)
  const [first, ...others] = counts
  const good = counts.every((count) => Number.isInteger(count) && count >= 1) && new Set(counts).size === counts.length
  if (!good || first === undefined)
    throw new BadWish(`--gateways: "${text}" is not a list of different whole numbers, such as 1,2`)
  if (Math.max(...counts) > most)
    throw new BadWish(
      there
        ? `--gateways: ${Math.max(...counts)} gateways need as many --url, and there are ${most}`
        : `--gateways: ${Math.max(...counts)} are more than ${most}, which is the most`,
    )
  return [first, ...others]
}

function thereFrom({ url = [], kubeconfig, 'token-file': tokenFile }: Flags): There | undefined {
  const [first, ...others] = url.map(originOf)
  if (first === undefined) {
    if (tokenFile !== undefined) throw new BadWish('--token-file goes with --url: servers of its own make a token')
    if (kubeconfig !== undefined) throw new BadWish('--kubeconfig goes with --url: it is for the audit of that cluster')
    return undefined
  }
  if (tokenFile === undefined)
    throw new BadWish(
      '--url needs --token-file: a file with the token to call with, as `kubectl create token` gives it',
    )
  return { urls: [first, ...others], tokenFile, kubeconfig }
}

function originOf(text: string): string {
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol) && ['/', '/api/v1', '/api/v1/'].includes(url.pathname)) return url.origin
  throw new BadWish(`--url: "${text}" is not a gateway's address, such as https://gateway.example.com`)
}
