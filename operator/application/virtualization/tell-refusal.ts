import type { StockEvent } from '../../domain/event/event.ts'
import { type Refusal, refusalEventFrom } from '../../domain/event/refusal-event.ts'
import type { Blame } from '../../domain/flow/journey.ts'
import type { Answer } from '../../domain/flow/next-stop.ts'
import type { Sha256 } from '../../domain/virtualization/identity.ts'
import type { SourceRule } from '../../domain/virtualization/may-ask.ts'
import type { Clock } from '../clock.ts'

export interface TellRefusalParts {
  /** Undefined = all in-sync replicas have it, or will never take it; else why they don't have it yet. Absent: nobody is told. */
  readonly tell?: (event: StockEvent) => Promise<Blame | undefined>
  readonly cluster: string
  readonly clock: Pick<Clock, 'now'>
  readonly sha256: Sha256
}

type Dead = Extract<Answer, { kind: 'dead' }>

/** Of these the sender would hear nowhere else: no request says what became of the message. */
const told: ReadonlySet<string> = new Set(['NotAllowed', 'TooOld'])

/**
 * Says in an event that nothing will be done, before the message goes to the dead letters. Of namespaces that its topic may
 * not name at all nothing is said: whoever writes there could have us tell others what is not so.
 */
export async function tellRefusal(
  { tell, cluster, clock, sha256 }: TellRefusalParts,
  { sent, origin }: Pick<Refusal, 'sent' | 'origin'>,
  { rule, answer }: { readonly rule: SourceRule | undefined; readonly answer: Dead },
): Promise<Answer> {
  const isOwn = rule !== undefined && (rule.namespaces === '*' || rule.namespaces.includes(sent.namespace))
  if (!tell || !isOwn || !told.has(answer.cause)) return answer
  const { cause, reason } = answer
  const at = new Date(clock.now()).toISOString()
  const event = refusalEventFrom({ sent, origin, cause, reason, at }, { cluster, sha256 })
  const blame = event && (await tell(event))
  return blame ? { kind: 'wait', certain: true, ...blame } : answer
}
