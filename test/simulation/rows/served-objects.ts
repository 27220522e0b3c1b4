import type { StoredStock, WriteResult } from '../../../operator/application/ledger/stock-ledger.ts'
import { keyOf } from '../../../operator/domain/reservation/reservation.ts'
import type { FakeClock } from '../../fakes/fake-clock.ts'
import type { Random } from '../world/random.ts'

/** Whoever is shown what becomes of stocks. */
export interface Watcher {
  seen(stock: StoredStock): void
  gone(stock: StoredStock): void
}

/** The objects of stocks, as an API server has them: each write names the version that it is of. */
export interface Objects {
  /** By the key. */
  readonly all: ReadonlyMap<string, StoredStock>
  /** Shows all, and from then on each change, some time late and in order. */
  watch(watcher: Watcher): void
  /** An administrator changes something. */
  edit(key: string, change: (stock: StoredStock) => StoredStock): void
  create(stock: StoredStock): void
  /** The latest version, or a fault. */
  read(key: string): Promise<StoredStock | undefined>
  /** A program does, with answers that may be lost. */
  write(known: StoredStock, change: (stock: StoredStock) => StoredStock): Promise<WriteResult>
}

interface ObjectParts {
  readonly clock: FakeClock
  readonly random: Random
  readonly weather: { readonly trouble: number }
  readonly way: () => Promise<void>
  /** Of each version that a program has stored. */
  readonly onWritten: (stock: StoredStock) => void
}

const LONGEST_LAG_MS = 200

export function servedObjects({ clock, random, weather, way, onWritten }: ObjectParts): Objects {
  const all = new Map<string, StoredStock>()
  const watchers: { readonly watcher: Watcher; readonly lagMs: number }[] = []
  let position = 0

  function store(stock: StoredStock): StoredStock {
    const stored = { ...stock, position: String(++position) }
    const key = keyOf(stock.namespace, stock.name)
    const isOver = stock.terms.terminating && !stock.guarded
    if (isOver) all.delete(key)
    else all.set(key, stored)
    for (const { watcher, lagMs } of watchers)
      clock.schedule(lagMs, () => (isOver ? watcher.gone(stored) : watcher.seen(stored)))
    return stored
  }

  return {
    all,
    watch(watcher) {
      watchers.push({ watcher, lagMs: random.between(0, LONGEST_LAG_MS) })
      for (const stock of all.values()) watcher.seen(stock)
    },
    edit(key, change) {
      const stock = all.get(key)
      if (stock) store(change(stock))
    },
    create: (stock) => void store(stock),
    async read(key) {
      await way()
      if (random.chance(weather.trouble)) throw new Error('the API server is away')
      return all.get(key)
    },
    async write(known, change) {
      await way()
      const stock = all.get(keyOf(known.namespace, known.name))
      if (stock?.uid !== known.uid) return { kind: 'gone' }
      if (stock.position !== known.position) return { kind: 'conflict' }
      if (random.chance(weather.trouble)) return { kind: 'notApplied', cause: 'away', reason: 'away', retryAfterMs: 50 }
      const stored = store(change(stock))
      onWritten(stored)
      await way()
      if (random.chance(weather.trouble)) return { kind: 'unknown', cause: 'lost', reason: 'the answer is lost' }
      return { kind: 'committed', stock: stored }
    },
  }
}
