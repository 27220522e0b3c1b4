import { durationText, parseDurationMs } from '../../../domain/duration.ts'
import { nameFrom } from '../../../domain/reservation/message.ts'
import type { Change, Answer as Decision, Standing } from '../../rows/order.ts'
import type { Answer } from '../answer.ts'
import type { Call } from '../call.ts'
import type { GatewayWorld } from '../gateway-world.ts'
import type { Wanted } from '../stand.ts'
import { endOf, noteOf, stuck, untoldAnswer } from './decided-order.ts'
import { firstKnown } from './first-known.ts'
import { holdMs } from './hold-time.ts'
import { uidOf } from './row-uid.ts'
import { shownRow } from './shown-row.ts'

/** What is wanted of a reservation that is there. */
export interface RowWish {
  readonly kind: 'confirm' | 'release' | 'extend'
  readonly ttl?: string
}

const wanted = { confirm: 'Confirmed', release: 'Released', extend: 'Reserved' } as const satisfies Record<
  string,
  Wanted
>

/**
 * Does it to a reservation that is kept in rows; undefined = no database knows it, as far as they answer. `away` is then
 * why one of them doesn't. Throws a Problem.
 */
export async function changeRow(
  world: GatewayWorld,
  call: Call,
  { namespace, name, wish }: { readonly namespace: string; readonly name: string; readonly wish: RowWish },
): Promise<{ readonly answer?: Answer; readonly away?: unknown }> {
  if (world.databases.all.length === 0) return {}
  await world.access.may(call.caller, { verb: 'patch', resource: 'reservations', namespace, name })
  const change = changeOf(wish, uidOf(world, namespace, name))
  const { known, away } = await firstKnown(world.databases.all, async (database) => {
    const decision = await database.order(change)
    return decision.kind === 'unknown' ? undefined : { decision, database: database.name }
  })
  if (!known) return { away }
  call.noted?.({ reservation: name, ...noteOf(known.decision) })
  if (known.decision.kind === 'untold') return { answer: untoldAnswer({ namespace, name, items: [] }) }
  return { answer: await answerOf(world, call, wish, { ...known, decision: known.decision }) }
}

function changeOf({ kind, ttl = '' }: RowWish, uid: string): Change {
  return kind === 'extend' ? { kind, uid, ttlMs: holdMs(ttl) } : { kind, uid }
}

interface Decided {
  readonly decision: Decision
  readonly database: string
}

async function answerOf(
  world: GatewayWorld,
  call: Call,
  wish: RowWish,
  { decision, database }: Decided,
): Promise<Answer> {
  switch (decision.kind) {
    case 'keyReused':
    case 'unknown':
      throw new Error(`a change is answered ${decision.kind}`)
    case 'noStock':
    case 'halted':
    case 'busy':
    case 'eventsBehind':
      throw stuck(decision, 'one of its stocks')
    case 'stands':
      break
  }
  const { phase } = decision.standing
  const isWanted = phase === wanted[wish.kind] || (wish.kind === 'extend' && phase === 'Confirmed')
  if (!isWanted) throw await endOf(world, call, decision, 409)
  return { status: 200, body: shownRow(decision.standing, database, { cut: cutOf(world, wish, decision.standing) }) }
}

/** Why a hold lasts less than was asked, by the terms that this gateway knows of its stocks. */
function cutOf({ stocks }: GatewayWorld, { kind, ttl = '' }: RowWish, standing: Standing): string | undefined {
  if (kind !== 'extend' || standing.phase !== 'Reserved') return undefined
  const { since = 0, deadline = 0, about, lines } = standing
  if (since + (parseDurationMs(ttl) ?? 0) <= deadline) return undefined
  for (const { stockNamespace, stockName: stock } of lines) {
    const longestMs = parseDurationMs(stocks.get(stockNamespace, stock)?.shown.hold?.maxTTL ?? '')
    if (longestMs !== undefined && since + longestMs <= deadline)
      return `cut to ${nameFrom(about.namespace, { stockNamespace, stock })}'s longest hold, ${durationText(longestMs)}`
  }
  return undefined
}
