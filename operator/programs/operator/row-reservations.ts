import type { Clock } from '../../application/clock.ts'
import type { Engine } from '../../application/engine/engine.ts'
import type { Outcome } from '../../application/outcome.ts'
import { reconcileReservation } from '../../application/reservation/reconcile-reservation.ts'
import { onceReports } from '../../application/reservation/report-once.ts'
import { reservationReconciler } from '../../application/rows/reservation/row-reservations.ts'
import type { RowWork } from './row-work.ts'

/** Brings reservations to what their specs ask for, whether their stocks have their books in the cluster or in rows. */
export function reconcilerOfReservations(
  engine: Engine,
  rows: Pick<RowWork, 'stocks' | 'ledgerOf'>,
  clock: Clock,
): (key: string) => Promise<Outcome> {
  const { world, reporter, finish } = engine
  const { reservations, observer } = world
  const inCluster = { ...engine, reservations, clock }
  const onlyDeparted = { ...inCluster, reservations: { ...reservations, find: () => undefined } }
  return reservationReconciler({
    ...{ ...engine, reservations, clock },
    ...{ rowStocks: rows.stocks, ledgerOf: rows.ledgerOf },
    reports: onceReports({
      ...{ reservations, reporter, onRefused: observer.reportRefused },
      async onReported(reservation, status) {
        if (status.phase === 'Rejected') observer.told({ ...reservation, status }, undefined)
      },
    }),
    onGone: finish.gone,
    inCluster: {
      reconcile: (key) => reconcileReservation(inCluster, key),
      endDeparted: (key) => reconcileReservation(onlyDeparted, key),
    },
  })
}
