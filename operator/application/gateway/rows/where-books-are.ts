import { parseDurationMs } from '../../../domain/duration.ts'
import { statusOfEnd } from '../../../domain/gateway/refusals.ts'
import { ledgerRefusalOf } from '../../../domain/reservation/ledger-refusal.ts'
import { keyOf, type Reason } from '../../../domain/reservation/reservation.ts'
import { Problem } from '../answer.ts'
import type { GatewayWorld } from '../gateway-world.ts'
import type { Order, SeenStock } from '../objects.ts'

/** One stock of an order, and how many units of it. */
export interface WantedLine {
  readonly stockNamespace: string
  readonly stock: string
  readonly quantity: number
  /** Undefined = this gateway knows no such stock. */
  readonly seen: SeenStock | undefined
}

/** An order whose books are rows: all of it in one database. */
export interface InDatabase {
  readonly database: string
  /** In the order of their stocks' keys, one for each stock. */
  readonly lines: readonly WantedLine[]
}

/**
 * In which database the books of an order's stocks are, by what this gateway has in memory; undefined = in the cluster, or
 * nobody here knows any of them. A Problem where they are in several places, or can't do what is asked for: it is for nobody
 * who may not order.
 */
export function whereBooksAre(
  { stocks }: Pick<GatewayWorld, 'stocks'>,
  namespace: string,
  { items, waitFor = '0s' }: Order,
): InDatabase | Problem | undefined {
  const lines = merged(items, namespace).map((line) => ({ ...line, seen: stocks.get(line.stockNamespace, line.stock) }))
  const known = lines.filter(({ seen }) => seen !== undefined)
  const databaseOf = (line: object) => (line as WantedLine).seen?.ledger?.database
  const database = known.map(databaseOf).find((name) => name !== undefined)
  if (database === undefined) return undefined
  const waitForMs = parseDurationMs(waitFor) ?? 0
  const refusal = ledgerRefusalOf({ namespace, spec: { items: known, waitForMs } }, databaseOf)
  if (refusal) return refused(refusal.reason, refusal.message)
  return { database, lines }
}

/** One line for each stock, as the cluster's engine reads them. */
function merged(items: Order['items'], namespace: string): Omit<WantedLine, 'seen'>[] {
  const lines = new Map<string, Omit<WantedLine, 'seen'>>()
  for (const { stockNamespace, stock, quantity } of items) {
    const of = stockNamespace || namespace
    const key = keyOf(of, stock)
    const units = Math.min((lines.get(key)?.quantity ?? 0) + quantity, Number.MAX_SAFE_INTEGER)
    lines.set(key, { stockNamespace: of, stock, quantity: units })
  }
  const keyOfLine = (line: Omit<WantedLine, 'seen'>) => keyOf(line.stockNamespace, line.stock)
  return [...lines.values()].sort((a, b) => (keyOfLine(a) < keyOfLine(b) ? -1 : 1))
}

/** The problem of an order that was not taken, for a reason that reservations have. */
export function refused(reason: Reason, detail: string): Problem {
  return new Problem({ status: statusOfEnd(reason), title: 'The reservation was refused', reason }, { detail })
}
