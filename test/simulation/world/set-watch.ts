import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { Entry, EntryLine, Verb } from '../../../operator/domain/stock/entry.ts'
import { check } from './check.ts'

const holding: ReadonlySet<Verb | undefined> = new Set<Verb>(['Reserve', 'Extend', 'Confirm'])
const ending: ReadonlySet<Verb> = new Set<Verb>(['Release', 'Return', 'Expire', 'Refuse', 'Wait'])

/** Watches that a set is out in every one of its stocks as long as its home says that it is held. */
export function setWatch() {
  const held = new Map<string, { readonly homeUid: string; readonly lines: readonly EntryLine[] }>()
  const last = new Map<string, Verb>()
  const gone = new Set<string>()

  function note({ uid: stockUid }: StoredStock, { uid = '', verb, lines, follows }: Entry): void {
    last.set(`${stockUid} ${uid}`, verb)
    if (follows) return
    if (verb === 'Reserve' && lines) held.set(uid, { homeUid: stockUid, lines })
    else if (ending.has(verb)) held.delete(uid)
  }

  /** It decides nothing more: what is sold of its sets may be given back without it. */
  function homeEnds(stockUid: string): void {
    for (const [uid, { homeUid }] of held) if (homeUid === stockUid) held.delete(uid)
  }

  return {
    see(stock: StoredStock, entry: Entry): void {
      const { uid, note: noted } = entry
      if (noted === 'deleted') homeEnds(stock.uid)
      if (uid === undefined) return
      note(stock, entry)
      for (const line of held.get(uid)?.lines ?? []) {
        const verb = last.get(`${line.stockUID} ${uid}`)
        check(
          gone.has(line.stockUID) || holding.has(verb),
          () =>
            `${uid} is held as its home says, and ${line.stock} says ${verb ?? 'nothing'} (${stock.name} ${entry.sequence})`,
        )
      }
    },
    isGone: (stockUid: string) => gone.has(stockUid),
    /** A stock has come back with all that it said before under another uid. */
    restored(stockUid: string, formerUid: string): void {
      for (const [key, verb] of [...last]) {
        const [ofStock, uid] = key.split(' ')
        if (ofStock === formerUid) last.set(`${stockUid} ${uid}`, verb)
      }
    },
    stockGone(stockUid: string): void {
      gone.add(stockUid)
      homeEnds(stockUid)
    },
  }
}
