import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { Answer, Order } from '../../../operator/application/rows/order.ts'
import type { RowBooks } from '../../../operator/application/rows/row-books.ts'
import { RowLedger } from '../../../operator/application/rows/row-ledger.ts'
import type { FakeClock } from '../../fakes/fake-clock.ts'
import type { RowProcess } from './row-clients.ts'
import type { ServedBreakage } from './served-breakages.ts'
import type { Objects } from './served-objects.ts'

interface GatewayParts {
  readonly clock: FakeClock
  readonly objects: Objects
  readonly breakage: ServedBreakage | undefined
  readonly findings: string[]
}

/** Sells what its watch has shown, and names with each order what it has seen of the stock. */
export function gatewayAt({ clock, objects, breakage, findings }: GatewayParts, books: RowBooks): RowProcess {
  const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
  const ledger = new RowLedger({ books, clock, patience, lanes: 2 })
  const seen = new Map<string, StoredStock>()
  objects.watch({ seen: (stock) => seen.set(stock.uid, stock), gone: ({ uid }) => seen.delete(uid) })
  const seenOf = (uid: string) => seen.get(uid)?.status?.ledger.sequence ?? 0

  async function order(asked: Order): Promise<Answer> {
    if (asked.kind !== 'reserve') return ledger.order(asked)
    const missing = asked.lines.find(({ stock }) => seen.get(stock)?.terms.terminating !== false)
    if (missing) return { kind: 'noStock', stock: missing.stock }
    const lines = asked.lines.map((line) => ({ ...line, known: seenOf(line.stock) }))
    const named = { ...asked, lines: lines as unknown as typeof asked.lines }
    const answer = await ledger.order(breakage?.order?.(named) ?? named)
    if (answer.kind === 'stands' && answer.decided && answer.standing.phase === 'Reserved')
      for (const { stock, sequence } of answer.standing.lines) {
        const known = lines.find((line) => line.stock === stock)?.known ?? 0
        if (sequence <= known) findings.push(`entry ${sequence} was given although ${known} had been seen`)
      }
    return answer
  }
  const death = Promise.withResolvers<never>()
  death.promise.catch(() => undefined)
  return { ledger: { order } as RowLedger, death: death.promise }
}
