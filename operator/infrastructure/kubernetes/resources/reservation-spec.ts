import { keyOf, type ReservationSpec } from '../../../domain/reservation/reservation.ts'
import type { ReservationSpec as ResourceSpec } from './generated/reservation.ts'
import { durationMs } from './readable.ts'

/** What is asked for. Throws Unreadable for what the schema let through and nobody can go by. */
export function specFromResource(spec: ResourceSpec, namespace: string): ReservationSpec {
  const { consumer, requestId, note, state, ttl, waitFor, priority } = spec
  return {
    items: mergedLines(spec, namespace),
    state,
    waitForMs: durationMs(waitFor, 'spec.waitFor'),
    priority,
    ...(consumer !== undefined && { consumer }),
    ...(requestId !== undefined && { requestId }),
    ...(note !== undefined && { note }),
    ...(ttl !== undefined && { ttlMs: durationMs(ttl, 'spec.ttl') }),
  }
}

/** Of one that can't be read at least its stocks are known. */
export function harmlessSpec(spec: ResourceSpec, namespace: string): ReservationSpec {
  return { items: mergedLines(spec, namespace), state: spec.state, waitForMs: 0, priority: 0 }
}

type Item = ReservationSpec['items'][number]

/**
 * One line for each stock: "" and the own namespace spelled out are two keys to the API server and one stock to us. Two
 * lines may ask for more together than can be counted; what is asked then is more than any stock has, all the same.
 */
function mergedLines({ items }: ResourceSpec, namespace: string): Item[] {
  const lines = new Map<string, Item>()
  for (const { stockNamespace, stock, quantity } of items ?? []) {
    const key = keyOf(stockNamespace || namespace, stock)
    const units = Math.min((lines.get(key)?.quantity ?? 0) + quantity, Number.MAX_SAFE_INTEGER)
    lines.set(key, { stockNamespace: stockNamespace || namespace, stock, quantity: units })
  }
  return [...lines.values()].sort((a, b) =>
    keyOf(a.stockNamespace, a.stock) < keyOf(b.stockNamespace, b.stock) ? -1 : 1,
  )
}
