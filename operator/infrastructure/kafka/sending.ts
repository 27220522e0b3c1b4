import type { Delivery } from '../../application/event/publisher.ts'
import { type Fault, faultOf } from './fault.ts'
import type { ProducerSession } from './producer-session.ts'
import type { ReachabilityRecord } from './reachability.ts'
import { nextRequest, type Part, type Progress, topicMessages } from './request.ts'

/** What the publisher tells the metrics. */
export interface PublisherObserver {
  sent(topic: string, messages: number): void
  failed(topic: string, kind: 'unavailable' | 'refused'): void
  reachable(reachable: boolean): void
}

/** The session in use; made when asked for and none is there. */
export interface SessionSlot {
  session(): ProducerSession
  giveUp(): void
  close(): Promise<void>
}

/** One publish under way. `over` stops whatever still runs for it once its time is up. */
export interface Sending {
  readonly slot: SessionSlot
  readonly state: ReachabilityRecord
  readonly maxRequestBytes: number
  /** Topics that failed by themselves last time: sent alone, or each retry would repeat the others' messages. */
  readonly suspects: Set<string>
  readonly observe?: PublisherObserver | undefined
  over: boolean
}

const acknowledged: Delivery = { kind: 'acknowledged' }

function decide(sending: Sending, progress: Progress, delivery: Delivery): void {
  progress.delivery = delivery
  if (delivery.kind === 'acknowledged') sending.suspects.delete(progress.batch.topic)
  else sending.observe?.failed(progress.batch.topic, delivery.kind)
}

/** Counts what has arrived; a batch that has all arrived is acknowledged. */
function arrived(sending: Sending, { progress, messages }: Part): void {
  progress.sent += messages.length
  if (messages.length > 0) sending.observe?.sent(progress.batch.topic, messages.length)
  if (progress.sent === progress.batch.messages.length) decide(sending, progress, acknowledged)
}

/** Sends the parts in one request; answers what went wrong, if anything. */
async function send(sending: Sending, parts: readonly Part[]): Promise<Fault | undefined> {
  try {
    await sending.slot.session().send(topicMessages(parts))
  } catch (error) {
    if (!sending.over) sending.slot.giveUp()
    return faultOf(error)
  }
  if (sending.over) return undefined
  sending.state.reached()
  for (const part of parts) arrived(sending, part)
  return undefined
}

/** Sends one topic's part by itself, in halves if need be; a fault decides its batch, unless the cluster is away. */
async function sendAlone(sending: Sending, part: Part): Promise<Fault | undefined> {
  const first = await send(sending, [part])
  const fault = first?.kind === 'misnumbered' && !sending.over ? await send(sending, [part]) : first
  if (!fault || sending.over) return undefined
  if (fault.kind === 'away') return fault
  if (fault.kind === 'refused' && fault.tooLarge && part.messages.length > 1) return sendHalves(sending, part)
  sending.suspects.add(part.progress.batch.topic)
  decide(sending, part.progress, fault.kind === 'refused' ? fault : { kind: 'unavailable', reason: fault.reason })
  return fault
}

/** A topic's limit is for all messages of a request to one partition together: maybe each half fits. */
async function sendHalves(sending: Sending, { progress, messages }: Part): Promise<Fault | undefined> {
  const middle = Math.ceil(messages.length / 2)
  const fault = await sendAlone(sending, { progress, messages: messages.slice(0, middle) })
  if (fault || sending.over) return fault
  return sendAlone(sending, { progress, messages: messages.slice(middle) })
}

/** Every batch that is still undecided is unavailable. */
export function abandon(sending: Sending, all: readonly Progress[], reason: string): void {
  sending.state.lost(reason)
  for (const progress of all) if (!progress.delivery) decide(sending, progress, { kind: 'unavailable', reason })
}

/** The next request: topics that gave no trouble together, then each suspect by itself. */
function nextParts({ suspects, maxRequestBytes }: Sending, all: readonly Progress[]): Part[] {
  const undecided = all.filter(({ delivery }) => !delivery)
  const trusted = undecided.filter(({ batch }) => !suspects.has(batch.topic))
  return nextRequest(trusted.length > 0 ? trusted : undecided.slice(0, 1), maxRequestBytes)
}

/** Sends each part by itself; stops early when the cluster is away, and says so. */
async function sendEach(sending: Sending, parts: readonly Part[]): Promise<Fault | undefined> {
  for (const part of parts) {
    if (sending.over) return undefined
    const fault = await sendAlone(sending, part)
    if (fault?.kind === 'away') return fault
  }
  return undefined
}

/** Sends one request; topic by topic when one of several has a fault. Answers a fault only if no topic can be reached. */
async function sendNext(sending: Sending, parts: readonly Part[]): Promise<Fault | undefined> {
  if (parts.length === 1) return sendEach(sending, parts)
  const fault = await send(sending, parts)
  return fault === undefined || fault.kind === 'away' ? fault : sendEach(sending, parts)
}

/** Sends all batches, request after request, until each is decided. */
export async function sendAll(sending: Sending, all: readonly Progress[]): Promise<void> {
  for (const progress of all) if (progress.batch.messages.length === 0) arrived(sending, { progress, messages: [] })
  for (;;) {
    const parts = nextParts(sending, all)
    if (parts.length === 0 || sending.over) return
    const away = await sendNext(sending, parts)
    if (away && !sending.over) return abandon(sending, all, away.reason)
  }
}
