import type { Delivery } from '../../../operator/application/event/publisher.ts'
import type { Breakage } from '../world/breakage.ts'

/** Faults by which one thing that is wrong gets in the way of others. */
export const isolationBreakages: readonly Breakage[] = [
  {
    name: 'taking a stock that could not be read for one that is gone',
    world: (world) => ({
      ...world,
      ledger: {
        ...world.ledger,
        read: (namespace, name) => world.ledger.read(namespace, name).catch(() => undefined),
      },
    }),
  },
  {
    name: 'holding back every topic for one that is missing',
    world(world, { time }) {
      let last: { readonly delivery: Delivery; readonly at: number } | undefined
      return {
        ...world,
        publisher: {
          ...world.publisher,
          async publish(batches) {
            const deliveries = await world.publisher.publish(batches)
            const delivery = deliveries.find(({ kind }) => kind === 'refused')
            if (delivery) last = { delivery, at: time.now() }
            const isHeld = last !== undefined && time.now() - last.at < HOLD_MS
            return deliveries.map((one) => (isHeld && last ? last.delivery : one))
          },
        },
      }
    },
  },
  {
    name: 'waiting for one status until it can be written',
    world(world, { time }) {
      let last: Promise<unknown> = Promise.resolve()
      return {
        ...world,
        reservations: {
          ...world.reservations,
          report(base, status) {
            const turn = last.then(async () => {
              for (;;) {
                const result = await world.reservations.report(base, status)
                if (result.kind !== 'notApplied' && result.kind !== 'unknown') return result
                await new Promise<void>((resolve) => time.schedule(RETRY_MS, resolve))
              }
            })
            last = turn
            return turn
          },
        },
      }
    },
    features: ['refusedStatuses'],
  },
]

const RETRY_MS = 1_000
/** Longer than the relay holds back what was refused. */
const HOLD_MS = 15_000
