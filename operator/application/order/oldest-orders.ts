import type { Order, OrderPhase } from '../../domain/order/order.ts'

/** For how many seconds the order is in its phase that is in it for longest, of each of these phases; 0 = none is. */
export function oldestIn<P extends OrderPhase>(
  phases: readonly P[],
  orders: Iterable<Pick<Order, 'status'>>,
  now: number,
): Record<P, number> {
  const oldest = Object.fromEntries(phases.map((phase) => [phase, 0])) as Record<P, number>
  for (const { status } of orders) {
    const phase = phases.find((one) => one === status?.phase)
    if (phase === undefined || !status) continue
    oldest[phase] = Math.max(oldest[phase], (now - Date.parse(status.phaseSince)) / 1_000)
  }
  return oldest
}
