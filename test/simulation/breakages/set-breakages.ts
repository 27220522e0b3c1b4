import type { Engine } from '../../../operator/application/engine/engine.ts'
import type { World } from '../../../operator/application/engine/world.ts'
import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { SeveralStocks } from '../../../operator/application/reservation/several-stocks.ts'
import { isPrepared, isSetGrantable, type StockSet } from '../../../operator/application/reservation/stock-set.ts'
import { decidePrepare, grant } from '../../../operator/domain/stock/decide.ts'
import { type Entry, isPreparedLine } from '../../../operator/domain/stock/entry.ts'
import { mayTake } from '../../../operator/domain/stock/may-take.ts'
import type { Breakage } from '../world/breakage.ts'

/** A leader may be slow: what was sent before its time lands meanwhile. */
const SLOW_MS = 5_000

function withSets(change: (sets: SeveralStocks) => Partial<SeveralStocks>): NonNullable<Breakage['engine']> {
  return (engine: Engine) => {
    const sets = { ...engine.sets }
    Object.assign(engine.sets, change(sets))
  }
}

/** Faults in the order in which the stocks of a set are written. */
export const setBreakages: readonly Breakage[] = [
  {
    name: 'the home committing first in Reserve',
    engine: withSets((sets) => ({
      async claim(set) {
        const { home, followers } = set
        const uid = home.request.uid
        if (home.actor.book.claims.has(uid) || followers.some(isPrepared) || !isSetGrantable(set))
          return sets.claim(set)
        const lines = followers.map(({ actor: { stock }, request }) => ({
          ...{ stockNamespace: stock.namespace, stock: stock.name, stockUID: stock.uid },
          ...{ sequence: 0, quantity: request.quantity },
        }))
        await home.actor.ask({
          decide: (book, at) =>
            book.claims.has(uid) || !mayTake(home.request, book) ? [] : grant(home.request, book, at, lines),
        })
        for (const line of followers) await prepare(line, home.actor.stock.uid)
      },
    })),
  },
  {
    name: 'the followers committing first in Confirm',
    engine: withSets((sets) => ({
      async settle(held, decide) {
        const claim = held.home.book.claims.get(held.uid)
        const [verdict] = claim?.lines ? decide(claim, held.home.book, held.home.book.balances.at) : []
        if (verdict?.verb === 'Confirm') {
          for (const actor of held.followers) {
            await actor.ask({
              decide(book) {
                const own = book.claims.get(held.uid)
                if (own?.phase !== 'Reserved' || !own.follows) return []
                const { quantity, follows } = own
                const moves = { reserved: -quantity, confirmed: quantity }
                return [{ ...verdict, lines: undefined, verb: 'Confirm', quantity, follows, moves } as never]
              },
            })
          }
        }
        await sets.settle(held, decide)
      },
    })),
  },
  {
    name: "undoing followers before the home's verdict",
    world: (world, { time }) => ({
      ...world,
      ledger: {
        ...world.ledger,
        async list() {
          const stocks = await world.ledger.list()
          for (const stock of stocks) await undoPrepared(world, stock, stocks)
          await new Promise<void>((resolve) => time.schedule(SLOW_MS, resolve)) // nobody has written the home yet
          return world.ledger.list()
        },
      },
    }),
  },
]

async function prepare({ actor, request }: StockSet['home'], homeUid: string): Promise<void> {
  const decide: Parameters<typeof actor.ask>[0]['decide'] = (book, at) =>
    book.free() < request.quantity ? [] : decidePrepare(request, book, at, homeUid)
  await actor.ask({ decide })
}

/** Releases what was prepared in this stock for a set whose home has said nothing yet. */
async function undoPrepared(world: World, stock: StoredStock, all: readonly StoredStock[]): Promise<void> {
  const { status } = stock
  for (const entry of status?.ledger.pending ?? []) {
    const home = all.find(({ uid }) => uid === entry.follows?.uid)
    const isOpen = (other: Entry) => other.uid !== entry.uid || other.sequence <= entry.sequence
    const undecided = !home?.status?.ledger.pending.some(({ uid }) => uid === entry.uid)
    if (!status || !isPreparedLine(entry) || !undecided || !status.ledger.pending.every(isOpen)) continue
    const { ledger, reserved, available } = status
    const { quantity = 0 } = entry
    const sequence = ledger.sequence + 1
    const balances = { reserved: reserved - quantity, available: available + quantity }
    const release: Entry = { ...entry, ...balances, sequence, verb: 'Release', reason: 'Undone' }
    const pending = [...ledger.pending, release]
    const head = { ...ledger, writer: world.writer, attempt: ledger.attempt + 1, sequence, pending }
    await world.ledger.append(stock, { ...status, ...balances, ledger: head })
    return
  }
}
