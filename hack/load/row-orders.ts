import { hash } from 'node:crypto'
import { uidOf } from '../../operator/application/gateway/rows/row-uid.ts'
import type { Answer, OrderLine } from '../../operator/application/rows/order.ts'
import { RowLedger } from '../../operator/application/rows/row-ledger.ts'
import { systemClock } from '../../operator/infrastructure/clock/system-clock.ts'
import { resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import type { VirtualStock } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { virtualStocks } from '../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'
import { PostgresBooks } from '../../operator/infrastructure/postgres/postgres-books.ts'
import { writerPool } from '../../operator/infrastructure/postgres/writer-pool.ts'
import { consumerOf, type LoadOrders, nameOf, TTL_MS } from './orders.ts'
import type { LoadTarget } from './run-load.ts'

const LANES = 2
const names = { digest: sha256, hex: sha256, random: () => '' }

/** Reservations as rows, decided by the ledger that every gateway has, with nothing of HTTP before it. Opened stocks only. */
export async function rowOrders({ client, namespace }: LoadTarget, url: string): Promise<LoadOrders> {
  const { items } = await resourceClient<VirtualStock>(client, virtualStocks).list({ namespace })
  const uids = new Map(items.map(({ metadata }) => [metadata.name ?? '', metadata.uid ?? '']))
  const pool = writerPool({ connection: { url }, lanes: LANES })
  const clock = systemClock()
  const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
  const ledger = new RowLedger({ books: new PostgresBooks(pool), clock, patience, lanes: LANES })
  const uidOfOrder = (order: number | undefined) => uidOf({ names }, namespace, nameOf(order))
  return {
    async reserve(order, stock) {
      const line: OrderLine = { stock: uids.get(stock) ?? '', quantity: 1 }
      const about = { namespace, name: nameOf(order), consumer: consumerOf(order), source: 'http' } as const
      const answer = await ledger.order({
        ...{ kind: 'reserve', uid: uidOfOrder(order), fingerprint: '', about, lines: [line] },
        ...{ confirm: false, ttlMs: TTL_MS },
      })
      mustBe('Reserved', answer)
    },
    async end(order, state) {
      const kind = state === 'Confirmed' ? 'confirm' : 'release'
      const answer = await ledger.order({ kind, uid: uidOfOrder(order) })
      if (answer.kind === 'unknown') return false
      mustBe(state, answer)
      return true
    },
    async phases() {
      const { rows } = await pool.query<{ phase: string; count: number }>(
        `SELECT phase, count(*) AS count FROM (
           SELECT namespace, phase FROM kbnt.claim WHERE follows IS NULL
           UNION ALL SELECT namespace, phase FROM kbnt.finished) AS reservation
         WHERE namespace = $1 GROUP BY phase ORDER BY phase`,
        [namespace],
      )
      return Object.fromEntries(rows.map(({ phase, count }) => [phase, count]))
    },
    close: () => pool.end(),
  }
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}

function mustBe(phase: string, answer: Answer): void {
  const is = answer.kind === 'stands' ? answer.standing.phase : answer.kind
  if (is !== phase) throw new Error(`an order was to be ${phase}, and is ${is}`)
}
