import { type Clock, msBetween } from './application/clock.ts'
import { stocksInside } from './application/look-inside.ts'
import type { Machine } from './domain/machine/machine.ts'
import type { Metrics } from './infrastructure/telemetry/metrics.ts'
import type { Leadership } from './leadership.ts'

/** Has the metrics that are read at each scrape look at the engine, which a standby has none of. */
export function readSources(
  { engine, events, machines, inside }: Metrics,
  clock: Pick<Clock, 'now' | 'tick'>,
  leading: Leadership,
): void {
  const actors = () => [...(leading.engine?.actors.values() ?? [])]
  const relay = () => leading.engine?.relay
  const spooled = () => relay()?.spooledEvents ?? 0
  events.readFrom({
    undelivered: () => (relay()?.undelivered ?? 0) + spooled(),
    spooled,
    spooledBytes: () => relay()?.spooledBytes ?? 0,
    spoolLimitBytes: () => leading.engine?.world.maxSpooledBytes ?? 0,
  })
  inside.readFrom({
    stocks: () => (leading.engine ? stocksInside(leading.engine, clock) : []),
    clockSkewMs: leading.skew.excessMs,
  })
  machines.readFrom({
    running: () => machinesNow(leading).filter(({ status }) => status?.phase === 'Running').length,
    costs: () => machinesNow(leading).flatMap(({ status }) => status?.cost ?? []),
  })
  engine.readFrom({
    activeReservations() {
      const active = new Map<string, number>()
      if (!leading.engine) return active
      for (const { namespace, status } of leading.reservations) {
        if (status?.phase === 'Reserved' || status?.phase === 'Confirmed')
          active.set(namespace, (active.get(namespace) ?? 0) + 1)
      }
      return active
    },
    oldestCommandAgeSeconds() {
      let age = 0
      for (const { oldestAskAt } of actors())
        if (oldestAskAt !== undefined) age = Math.max(age, msBetween(oldestAskAt, clock.tick()))
      return age / 1_000
    },
  })
}

function machinesNow({ engine, machines }: Leadership): readonly Machine[] {
  return engine ? [...machines] : []
}
