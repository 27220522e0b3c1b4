import type { Fault } from './fault.ts'

/** How often a message was sent, and to which partition at last; undefined = it never was. */
export interface Sent {
  readonly tries: number
  readonly partition: number | undefined
}

/**
 * Whether a failure says of all these messages, which went together, that none of them is in the topic. In one partition
 * all are taken or none. What went to several, or was sent twice as the first answer did not come, may be there in part,
 * whatever is said of the rest. A refusal that is not of messages may come after them: their answer was lost, and then a
 * broker that begins anew does not know the topic.
 */
export function areSurelyAway(fault: Fault, messages: readonly Sent[]): boolean {
  if (fault.kind !== 'refused') return false
  if (messages.every(({ tries }) => tries === 0)) return true
  const [first] = messages
  return fault.ofMessages && messages.every(({ tries, partition }) => tries <= 1 && partition === first?.partition)
}
