import type { World } from '../../../operator/application/engine/world.ts'
import type {
  StockLedger,
  StockStatus,
  StoredStock,
  WriteResult,
} from '../../../operator/application/ledger/stock-ledger.ts'
import { ANY_VERSION } from '../world/api-server.ts'
import type { Breakage } from '../world/breakage.ts'

type Append = StockLedger['append']

function appending(change: (append: Append) => Append): NonNullable<Breakage['world']> {
  return (world: World) => ({ ...world, ledger: { ...world.ledger, append: change(world.ledger.append) } })
}

/** As if it had been stored. */
function presumed(stock: StoredStock, status: StockStatus): WriteResult {
  return { kind: 'committed', stock: { ...stock, status } }
}

/** Faults in how the books are written. */
export const ledgerBreakages: readonly Breakage[] = [
  {
    name: 'no resourceVersion on the PUT of the books',
    world: appending((append) => (stock, status) => append({ ...stock, position: ANY_VERSION }, status)),
  },
  {
    name: 'answering before the commit',
    world: appending((append) => (stock, status) => {
      void append(stock, status)
      return Promise.resolve(presumed(stock, status))
    }),
  },
  {
    name: 'treating a time-out as failure',
    world: (world) => ({ ...world, ledger: failing(world.ledger) }),
  },
  {
    name: 'treating a time-out as success',
    world: appending((append) => async (stock, status) => {
      const result = await append(stock, status)
      return result.kind === 'unknown' ? presumed(stock, status) : result
    }),
  },
  {
    name: 'telling writes apart by term and attempt, without the writer',
    world: (world) => ({ ...world, writer: 'operator' }),
  },
]

/** After a time-out it does not look: it takes the stock to be as it was, and decides again. */
function failing(ledger: StockLedger): StockLedger {
  const believed = new Map<string, StoredStock>()
  return {
    ...ledger,
    async append(stock, status) {
      const result = await ledger.append(stock, status)
      if (result.kind !== 'unknown') return result
      believed.set(stock.uid, stock)
      return { kind: 'conflict' }
    },
    async read(namespace, name) {
      const old = [...believed.values()].find((stock) => stock.namespace === namespace && stock.name === name)
      if (!old) return ledger.read(namespace, name)
      believed.delete(old.uid)
      return old
    },
  }
}
