import { type Clock, msBetween, type Tick } from '../../application/clock.ts'
import type { Delivery } from '../../application/event/publisher.ts'
import { type Fault, faultOf } from './fault.ts'
import type { ProducerSession } from './producer-session.ts'
import type { ReachabilityRecord } from './reachability.ts'
import { nextRequest, type Part, type Progress, topicMessages } from './request.ts'
import type { RequestSize } from './request-size.ts'

/** What the publisher tells the metrics. */
export interface PublisherObserver {
  sent(topic: string, messages: number): void
  failed(topic: string, kind: 'unfinished' | 'unavailable' | 'refused'): void
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
  readonly clock: Pick<Clock, 'tick'>
  readonly size: RequestSize
  /** Topics that failed by themselves last time: sent alone, or each retry would repeat the others' messages. */
  readonly suspects: Set<string>
  readonly observe?: PublisherObserver | undefined
  /** No further request begins after this once something has arrived: it could be cut off, and would have to go again. */
  readonly until: Tick
  /** The request under way, or the last one if that failed. */
  asked: readonly Part[]
  over: boolean
}

const acknowledged: Delivery = { kind: 'acknowledged' }

function decide(sending: Sending, progress: Progress, delivery: Delivery): void {
  const inPart = delivery.kind !== 'acknowledged' && progress.sent > 0
  progress.delivery = inPart ? { ...delivery, arrived: progress.sent } : delivery
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
  const { clock, size } = sending
  const begunAt = clock.tick()
  sending.asked = parts
  try {
    await sending.slot.session().send(topicMessages(parts))
  } catch (error) {
    if (!sending.over) sending.slot.giveUp()
    return faultOf(error)
  }
  if (sending.over) return undefined
  sending.asked = []
  sending.state.reached()
  size.answered(parts, msBetween(begunAt, clock.tick()))
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
async function sendHalves(sending: Sending, part: Part): Promise<Fault | undefined> {
  const middle = Math.ceil(part.messages.length / 2)
  const bytes = part.bytes / 2
  const fault = await sendAlone(sending, { ...part, messages: part.messages.slice(0, middle), bytes })
  if (fault || sending.over) return fault
  return sendAlone(sending, { ...part, messages: part.messages.slice(middle), bytes })
}

/**
 * Nobody answers any more. Where nothing has arrived, the cluster is away; else only that topic is doubted which was
 * asked by itself and has taken nothing.
 */
export function abandon(sending: Sending, all: readonly Progress[], reason: string): void {
  const { asked, state, size } = sending
  const away = !all.some(({ sent }) => sent > 0)
  if (away) state.lost(reason)
  size.lost(asked)
  const doubted = asked.length === 1 && asked[0]?.progress.sent === 0 ? asked[0].progress : undefined
  for (const progress of all) {
    if (progress.delivery) continue
    decide(sending, progress, { kind: away || progress === doubted ? 'unavailable' : 'unfinished', reason })
  }
}

/** Leaves the rest to the next publish: what has arrived is not to wait for it any longer. */
function stopEarly(sending: Sending, all: readonly Progress[]): void {
  for (const progress of all) {
    const { delivery, sent, batch } = progress
    const reason = `Kafka is slow: ${sent} of ${batch.messages.length} messages arrived in time`
    if (!delivery) decide(sending, progress, { kind: 'unfinished', reason })
  }
}

const isLate = ({ clock, until }: Sending, all: readonly Progress[]) =>
  msBetween(until, clock.tick()) > 0 && all.some(({ sent }) => sent > 0)

/** The next request: topics that gave no trouble together, then each suspect by itself. */
function nextParts({ suspects, size }: Sending, all: readonly Progress[]): Part[] {
  const undecided = all.filter(({ delivery }) => !delivery)
  const trusted = undecided.filter(({ batch }) => !suspects.has(batch.topic))
  return nextRequest(trusted.length > 0 ? trusted : undecided.slice(0, 1), size.mostBytes)
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

/** Sends all batches, request after request, until each is decided or that has taken long. */
export async function sendAll(sending: Sending, all: readonly Progress[]): Promise<void> {
  for (const progress of all)
    if (progress.batch.messages.length === 0) arrived(sending, { progress, messages: [], bytes: 0 })
  for (;;) {
    const parts = nextParts(sending, all)
    if (parts.length === 0 || sending.over) return
    if (isLate(sending, all)) return stopEarly(sending, all)
    const away = await sendNext(sending, parts)
    if (away && !sending.over) return abandon(sending, all, away.reason)
  }
}
