import type { Place } from '../../domain/flow/place.ts'
import { type Call, needsExternalIds } from '../../domain/integration/call.ts'
import { type Delivery, type DeliverySettings, decideDelivery, type Known } from '../../domain/integration/delivery.ts'
import type { IntegrationEvent } from '../../domain/integration/integration-event.ts'
import { type Verdict, verdictOn } from '../../domain/integration/verdict.ts'
import { type Clock, msBetween } from '../clock.ts'
import type { ConsumptionLog, ConsumptionRow, LearntOfStock } from './consumption-log.ts'
import type { IntegrationTarget } from './integration-target.ts'

export interface TellingParts extends DeliverySettings {
  readonly clock: Clock
  readonly target: IntegrationTarget
  readonly log: ConsumptionLog
  /** Whether its partitions are still this member's: one that was frozen must not tell what others have told. */
  readonly isMember: () => boolean
}

export interface Telling {
  readonly event: IntegrationEvent
  readonly known: Known
  readonly place: Place
  readonly signal: AbortSignal
}

type Away = Extract<Verdict, { kind: 'away' }>

/** What came of telling one event. `row`: to be written before its message is through. */
export type Told =
  | { readonly kind: 'through'; readonly row?: ConsumptionRow; readonly taken: boolean }
  | { readonly kind: 'away'; readonly row?: ConsumptionRow; readonly away: Away }
  /** `forGood`: it fails in the same way however often it comes again. */
  | {
      readonly kind: 'refused'
      readonly row: ConsumptionRow
      readonly cause: string
      readonly reason: string
      readonly forGood: boolean
    }

type Making = Extract<Delivery, { kind: 'call' | 'look' }>

/**
 * Tells the other side of one event, at most once in effect as far as it can be known.
 *
 *   known? ─ through ─▶ nothing
 *     └ no ─▶ a POST to a side without keys: a row says first that it may be there ─▶ call ─ taken ───▶ PROCESSED
 *              ▲                                                                       ├ not taken ───▶ FAILED
 *              └ long enough ago ─ not there ◀─ asked ◀─ comes again ◀─ NEEDS_ATTENTION ◀ nobody knows
 */
export async function tellEvent(parts: TellingParts, telling: Telling): Promise<Told> {
  const delivery = decideDelivery(telling.event, telling.known, parts)
  const write = rowsOf(telling)
  switch (delivery.kind) {
    case 'through':
      return { kind: 'through', taken: false }
    case 'skip':
      return { kind: 'through', taken: false, row: write({ status: 'SKIPPED', error: delivery.reason }) }
    case 'refuse': {
      const row = write({ status: 'FAILED', error: delivery.reason, blocks: isPost(parts, telling.event) })
      return { kind: 'refused', forGood: true, row, cause: delivery.cause, reason: delivery.reason }
    }
    case 'look':
    case 'call':
      return parts.isMember() ? make(parts, telling, delivery) : { kind: 'away', away: notOurs }
  }
}

async function make(parts: TellingParts, telling: Telling, making: Making): Promise<Told> {
  if (making.kind === 'look') {
    const found = await ask(parts, telling, making.question)
    if (found.verdict.kind !== 'unheard') return madeBefore(parts, telling, found)
    if (making.unsettledMs > 0) return { kind: 'away', away: unsettled(making.unsettledMs) }
  }
  const isGuarded = making.kind === 'look' || making.guarded
  const trouble = isGuarded ? await whyUnclaimed(parts, telling, making) : undefined
  if (trouble) return { kind: 'away', away: trouble }
  return ended(parts, telling, { ...(await ask(parts, telling, making.call)), call: making.call })
}

/** Undefined = it is written that this worker makes the call now, and nobody else does. */
async function whyUnclaimed(parts: TellingParts, telling: Telling, { kind }: Making): Promise<Away | undefined> {
  const { log, idempotency, settleMs, isMember } = parts
  const error = 'it is being told; if this stays, whoever told it has died, and nobody knows what came of it'
  const row = rowsOf(telling)({ status: 'NEEDS_ATTENTION', error, blocks: idempotency === 'lookup' })
  if (!(await log.claim(row, kind === 'look' ? settleMs : undefined))) return toldElsewhere
  return isMember() ? undefined : notOurs // the answer may have come after a long sleep
}

interface Asked {
  readonly verdict: Verdict
  readonly durationMs: number
}

async function ask({ target, clock }: TellingParts, { signal }: Telling, call: Call): Promise<Asked> {
  const since = clock.tick()
  const verdict = verdictOn(call, await target.call(call, signal))
  return { verdict, durationMs: Math.round(msBetween(since, clock.tick())) }
}

/** What a look-up has found: it was taken, or nobody can tell now. */
function madeBefore(parts: TellingParts, telling: Telling, { verdict, durationMs }: Asked): Told {
  const { event, known } = telling
  if (verdict.kind === 'taken') {
    const row = rowsOf(telling)({ status: 'PROCESSED', durationMs, learnt: learntFrom(verdict, event, 'POST') })
    return { kind: 'through', taken: true, row }
  }
  if (verdict.kind === 'away') return { kind: 'away', away: verdict } // its row stays as old as its call
  const reason = verdict.kind === 'unheard' ? 'it was never taken' : verdict.reason
  const row = rowsOf(telling)({
    ...{ status: 'NEEDS_ATTENTION', blocks: isPost(parts, event), durationMs },
    ...{ error: reason, attempts: known.attempts + 1 },
  })
  return { kind: 'refused', row, cause: verdict.kind === 'refused' ? verdict.cause : 'Unheard', reason, forGood: false }
}

interface Ended extends Asked {
  readonly call: Call
}

function ended(parts: TellingParts, telling: Telling, { verdict, durationMs, call }: Ended): Told {
  const { event } = telling
  const { method } = call
  if (verdict.kind === 'taken') {
    const learnt = learntFrom(verdict, event, method)
    const lacks =
      event.occasion === 'stock.created' && learnt.externalId === undefined && needsExternalIds(parts.routes)
    if (!lacks)
      return { kind: 'through', taken: true, row: rowsOf(telling)({ status: 'PROCESSED', durationMs, learnt }) }
  }
  const failure = verdict.kind === 'away' || verdict.kind === 'refused' ? verdict : noExternalId(call)
  return inVain(parts, telling, { failure, durationMs, isPost: method === 'POST' })
}

interface Vain {
  readonly failure: Away | (Extract<Verdict, { kind: 'refused' }> & { readonly maybeTaken?: boolean })
  readonly durationMs: number
  readonly isPost: boolean
}

/** Where a second POST could have a second effect, what may be there is another thing than what is not. */
function inVain({ idempotency }: TellingParts, telling: Telling, { failure, durationMs, isPost }: Vain): Told {
  const isDoubtful = isPost && idempotency !== 'key' && failure.maybeTaken === true
  const isLeft = isDoubtful && idempotency === 'none'
  const row = rowsOf(telling)({
    ...{ status: isDoubtful ? 'NEEDS_ATTENTION' : 'FAILED', attempts: telling.known.attempts + 1, durationMs },
    ...{ blocks: isPost && !isLeft, error: failure.reason },
  })
  if (isLeft) return { kind: 'through', row, taken: false }
  if (failure.kind === 'away') return { kind: 'away', away: failure, row }
  const { cause, reason } = failure
  return { kind: 'refused', cause, reason, row, forGood: false }
}

const noExternalId = ({ method, path }: Call) => ({
  ...{ kind: 'refused' as const, cause: 'NoExternalId', maybeTaken: true },
  reason: `the answer to ${method} ${path} has no externalId, which routes need`,
})

function learntFrom({ externalId }: { externalId?: string }, event: IntegrationEvent, method: string): LearntOfStock {
  return {
    ...(externalId !== undefined && event.occasion === 'stock.created' && { externalId }),
    ...(method === 'PUT' && { putSequence: event.sequence }),
    ...(event.occasion === 'stock.deleted' && { ended: true }),
  }
}

const isPost = ({ routes }: TellingParts, { occasion }: IntegrationEvent) => routes[occasion]?.method === 'POST'

function rowsOf({ event, known, place }: Telling) {
  const { id, occasion, stock, stockUid, sequence } = event
  const { topic, partition, offset } = place
  return (came: Partial<ConsumptionRow> & Pick<ConsumptionRow, 'status'>): ConsumptionRow => ({
    ...{ eventId: id, occasion, stock, stockUid, sequence, topic, partition, offset },
    ...{ blocks: false, attempts: known.attempts, durationMs: undefined, error: undefined },
    externalId: came.learnt?.externalId ?? known.externalId,
    ...came,
  })
}

const away = (cause: string, reason: string): Away => ({
  ...{ kind: 'away', certain: true, maybeTaken: false, cause, reason },
})
const notOurs = away('NotOurs', 'its partition is not, or no longer, of this worker')
const unsettled = (ms: number): Away => ({
  ...away('Unsettled', 'it is not there, and may still be under way: it was sent a moment ago'),
  retryAfterMs: ms,
})
const toldElsewhere = away('ToldElsewhere', 'another worker is telling it just now')
