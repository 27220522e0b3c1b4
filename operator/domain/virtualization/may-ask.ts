import type { SentMessage } from './read-message.ts'

/** What whoever may write to a topic may ask for; a list that is absent allows nothing, `*` anything. */
export interface SourceRule {
  readonly topic: string
  readonly namespaces: Allowed
  readonly types: Allowed
  readonly pools: Allowed
  readonly networks: Allowed
  /** Whose name may stand in a message: its writer says so, and nobody checks it. */
  readonly users: Allowed
  /** The highest. */
  readonly maxPriority: number
  /** Whether it may end any machine of its namespaces, and not only what a message asked for that it might have sent. */
  readonly endsAny: boolean
}

export type Allowed = '*' | readonly string[]

/** Why a message may not be; undefined = it may. A topic without a rule may ask for nothing. */
export function whyNotAllowed({ namespace, message }: SentMessage, rule: SourceRule | undefined): string | undefined {
  if (!rule) return 'no rule says what this topic may ask for (worker.virtualization.sources)'
  const { messageType, payload } = message
  const { pool, network } = payload.specification
  const asked: readonly (readonly [what: string, value: unknown, allowed: Allowed])[] = [
    ['namespace', namespace, rule.namespaces],
    ['type', messageType, rule.types],
    ['user', payload.userId, rule.users],
    ['pool', pool, rule.pools],
    ['network', network?.name, rule.networks],
  ]
  const refused = asked.find(([, value, allowed]) => value !== undefined && !isAllowed(value, allowed))
  if (refused) return `this topic may not ask for the ${refused[0]} ${JSON.stringify(refused[1])}`
  const { priority = 0 } = payload
  if (priority > rule.maxPriority)
    return `this topic may ask for priorities up to ${rule.maxPriority}, and not for ${JSON.stringify(priority)}`
  return undefined
}

function isAllowed(value: unknown, allowed: Allowed): boolean {
  return allowed === '*' || (typeof value === 'string' && allowed.includes(value))
}
