import { multiplied } from '../../domain/money.ts'
import type { Condition } from '../../domain/reservation/reservation.ts'
import { availableUnits, type Balances, utilizationPercent } from '../../domain/stock/balances.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import type { StockTerms } from '../../domain/stock/terms.ts'
import { sameValue } from '../same-value.ts'
import type { ReadyReason } from './ready-reasons.ts'
import type { LedgerHead, StockStatus } from './stock-ledger.ts'

/** Why a stock hands nothing out. */
export interface NotReady {
  readonly reason: ReadyReason
  readonly message: string
}

export interface StatusParts {
  readonly generation: number
  readonly terms: StockTerms
  readonly balances: Balances
  readonly waiting: number
  readonly head: Pick<LedgerHead, 'kind' | 'format' | 'term' | 'writer' | 'attempt'>
  readonly pending: readonly Entry[]
  readonly notReady: NotReady | undefined
  readonly spooled: number
  /** The install that writes it. */
  readonly servedBy: string
  readonly before: readonly Condition[]
  /** ISO 8601, for conditions that change. */
  readonly now: string
}

/** The whole status of a stock: one object, so that its counters and its journal can't disagree. */
export function stockStatus(parts: StatusParts): StockStatus {
  const { terms, balances } = parts
  return {
    observedGeneration: parts.generation,
    quantity: balances.quantity,
    reserved: balances.reserved,
    confirmed: balances.confirmed,
    available: availableUnits(balances, terms.safetyStock),
    waiting: parts.waiting,
    utilizationPercent: utilizationPercent(balances),
    ...(terms.price && { totalValue: multiplied(terms.price, balances.quantity) }),
    level: balances.level,
    servedBy: parts.servedBy,
    ledger: {
      ...parts.head,
      sequence: balances.sequence,
      at: new Date(balances.at).toISOString(),
      paused: terms.paused,
      pending: parts.pending,
    },
    conditions: [ready, overcommitted, eventsSpooled].map((aspect) => condition(parts, aspect(parts))),
  }
}

interface Aspect {
  readonly type: string
  readonly holds: boolean
  readonly reason: string
  readonly message: string
}

function ready({ notReady }: StatusParts): Aspect {
  const { reason, message } = notReady ?? { reason: 'Open', message: 'holds are taken' }
  return { type: 'Ready', holds: notReady === undefined, reason, message }
}

function overcommitted({ balances, terms }: StatusParts): Aspect {
  const out = balances.reserved + balances.confirmed
  const excess = out + terms.safetyStock - balances.quantity
  return excess > 0 && out > 0
    ? {
        type: 'Overcommitted',
        holds: true,
        reason: 'MoreOutThanThereIs',
        message: `${excess} more out or kept back than exist`,
      }
    : { type: 'Overcommitted', holds: false, reason: 'WithinQuantity', message: '' }
}

function eventsSpooled({ spooled }: StatusParts): Aspect {
  return spooled > 0
    ? {
        type: 'EventsSpooled',
        holds: true,
        reason: 'WaitingForKafka',
        message: `${spooled} events are kept until Kafka takes them`,
      }
    : { type: 'EventsSpooled', holds: false, reason: 'Delivered', message: '' }
}

function condition({ before, now, generation }: StatusParts, { type, holds, reason, message }: Aspect): Condition {
  const status = holds ? 'True' : 'False'
  const earlier = before.find((candidate) => candidate.type === type)
  const lastTransitionTime = earlier?.status === status ? earlier.lastTransitionTime : `${now.slice(0, 19)}Z`
  return { type, status, reason, message, lastTransitionTime, observedGeneration: generation }
}

/** The first status of a stock as if nothing had been decided yet. */
export function emptied(first: StockStatus, ledgerHead: StockStatus['ledger']): StockStatus {
  return {
    ...first,
    quantity: 0,
    reserved: 0,
    confirmed: 0,
    available: 0,
    waiting: 0,
    utilizationPercent: 0,
    level: 'Normal',
    ledger: { ...ledgerHead, sequence: 0, pending: [] },
  }
}

/** Conditions are no books: a complaint may land late, and whoever else writes one is put right with the next write. */
export function sameBooks(one: StockStatus | undefined, other: StockStatus | undefined): boolean {
  if (!one || !other) return one === other
  const conditions: StockStatus['conditions'] = []
  return sameValue({ ...one, conditions }, { ...other, conditions })
}
