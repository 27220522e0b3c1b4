import { Counter, Gauge, type Registry } from 'prom-client'

/** What is kept because its order may come again. */
export interface KeepingMetrics {
  kept(count: number, floorMs: number): void
  deletedEarly(): void
}

export function keepingMetrics(register: Registry): KeepingMetrics {
  const registers = [register]
  const kept = new Gauge({
    name: 'kbnt_orders_kept',
    help: 'Finished reservations that are kept only because their order may come again over HTTP.',
    registers,
  })
  const floor = new Gauge({
    name: 'kbnt_orders_kept_seconds',
    help: 'How long after its end every such reservation is kept: gateway.keepFinished, or less while there are too many.',
    registers,
  })
  const early = new Counter({
    name: 'kbnt_orders_forgotten_total',
    help: 'Such reservations that were deleted before that time, because there were more than gateway.keepFinishedMax.',
    registers,
  })
  floor.remove() // a standby keeps nothing
  return {
    kept(count, floorMs) {
      kept.set(count)
      floor.set(floorMs / 1_000)
    },
    deletedEarly: () => early.inc(),
  }
}
