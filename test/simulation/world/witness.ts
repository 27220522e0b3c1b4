import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import { isFinished, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { Entry } from '../../../operator/domain/stock/entry.ts'
import type { Change } from './api-server.ts'
import { check } from './check.ts'
import { setWatch } from './set-watch.ts'

/** A clock may be five seconds ahead, and dates of answers are cut to whole seconds. */
const MOST_AHEAD_MS = 6_000

/** Sees every version that is stored, and judges it the moment it is. */
export function witness(now: () => number) {
  const entries = new Map<string, Entry[]>()
  const sets = setWatch()
  const alive = new Set<string>()
  const lastStocks = new Map<string, StoredStock>()
  const lastReservations = new Map<string, Reservation>()

  function seeStock(stock: StoredStock): void {
    const before = lastStocks.get(stock.uid)
    lastStocks.set(stock.uid, stock)
    const { status, terms } = stock
    if (!status || status === before?.status) return
    const out = status.reserved + status.confirmed
    const outBefore = before?.status ? before.status.reserved + before.status.confirmed : 0
    check(
      out + terms.safetyStock <= terms.quantity || out <= outBefore,
      () => `${stock.name}: oversold: ${out} out of ${terms.quantity}`,
    )
    seeEntries(stock)
  }

  /** Numbers without gaps; an entry once stored never says something else. */
  function seeEntries(stock: StoredStock): void {
    const { uid, name, status } = stock
    const known = entries.get(uid) ?? []
    entries.set(uid, known)
    for (const entry of status?.ledger.pending ?? []) {
      const stored = known[entry.sequence - 1]
      if (stored)
        check(JSON.stringify(stored) === JSON.stringify(entry), () => `${name}: entry ${entry.sequence} has changed`)
      else {
        check(entry.sequence === known.length + 1, () => `${name}: entry ${entry.sequence} comes after ${known.length}`)
        judge(stock, entry, known)
        known.push(entry)
        sets.see(stock, entry)
      }
    }
    check(
      known.length === (status?.ledger.sequence ?? 0),
      () => `${name}: sequence ${status?.ledger.sequence}, entries ${known.length}`,
    )
  }

  /** What an entry must be when it is stored. */
  function judge({ name, terms }: StoredStock, entry: Entry, before: readonly Entry[]): void {
    const { verb, uid, at, reason, sequence, confirmed } = entry
    const said = () => `${name}: ${verb} ${sequence}`
    check(Date.parse(at) <= now() + MOST_AHEAD_MS, () => `${said()} is dated ${Date.parse(at) - now()} ms ahead`)
    if (reason === 'Deleted') check(!alive.has(uid ?? ''), () => `${said()}: ${uid} is ended as deleted, and is not`)
    if (verb === 'Expire' && !entry.follows) {
      const deadline = before.findLast((other) => other.uid === uid && other.deadline !== undefined)?.deadline ?? ''
      check(Date.parse(at) >= Date.parse(deadline), () => `${said()} at ${at}, before its deadline ${deadline}`)
    }
    if (verb === 'Recount' && terms.reclaimPolicy === 'Consume') {
      const sold = before.at(-1)?.confirmed ?? 0
      check(confirmed >= sold, () => `${said()}: ${sold} sold units became ${confirmed}`)
    }
  }

  function seeReservation(reservation: Reservation): void {
    const before = lastReservations.get(reservation.uid)
    lastReservations.set(reservation.uid, reservation)
    alive.add(reservation.uid)
    const { status, name } = reservation
    if (status === before?.status || !status) return
    if (isFinished(before?.status?.phase))
      check(status.phase === before?.status?.phase, () => `${name}: ${before?.status?.phase} became ${status.phase}`)
    const told = before?.status
    if (told?.items?.[0]?.stockUID === status.items?.[0]?.stockUID)
      check(
        (status.sequence ?? 0) >= (told?.sequence ?? 0),
        () => `${name}: its status went back to ${status.sequence}`,
      )
    const verb = { Reserved: 'Reserve', Confirmed: 'Confirm' }[status.phase as string]
    if (verb === undefined) return
    for (const item of status.items ?? []) {
      if (sets.isGone(item.stockUID)) continue // removed by force: nobody can ask it any more
      const known = entries.get(item.stockUID)?.some((entry) => entry.uid === reservation.uid && entry.verb === verb)
      check(known === true, () => `${name} is ${status.phase}, and ${item.stock} knows nothing of it`)
    }
  }

  return {
    entries,
    see(change: Change): void {
      if (change.kind === 'stock') {
        if (change.type === 'deleted') sets.stockGone(change.stock.uid)
        else seeStock(change.stock)
      } else if (change.type === 'deleted') alive.delete(change.reservation.uid)
      else seeReservation(change.reservation)
    },
  }
}
