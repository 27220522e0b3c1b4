import { durationText } from '../duration.ts'
import type { RefusedLine } from './refused-line.ts'
import type { Reservation } from './reservation.ts'

/** What reasons.ts leaves blank about the line; without one, it speaks of its only or first one. */
export function refusedBlanks({ namespace, spec }: Reservation, line: RefusedLine | undefined, first: string) {
  const stock = line?.stock ?? first
  return {
    stock: () => stock,
    asked: () => `${line?.request.quantity ?? spec.items[0]?.quantity} of ${stock}`,
    consumerAsks: () => consumerText(spec.consumer ?? 'its consumer', stock, line),
    ttl: () => durationOf(line?.request.ttlMs ?? spec.ttlMs),
    waitFor: () => durationOf(spec.waitForMs),
    priority: () => `${spec.priority}`,
    namespace: () => namespace,
  }
}

function consumerText(consumer: string, stock: string, line: RefusedLine | undefined): string {
  if (!line) return `${consumer} asks for units of ${stock}`
  const { consumerHas, request, terms } = line
  // by the books of now: since it was refused, units may have come back
  const explains = consumerHas > 0 && consumerHas + request.quantity > (terms.limits.perConsumer ?? Infinity)
  return explains
    ? `${consumer} has ${consumerHas} of ${stock} and asks for another ${request.quantity}`
    : `${consumer} asks for ${request.quantity} of ${stock}`
}

const durationOf = (ms: number | undefined) => (ms === undefined ? '' : ` of ${durationText(ms)}`)
