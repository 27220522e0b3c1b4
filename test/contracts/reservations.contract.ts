import assert from 'node:assert/strict'
import type { Reservations } from '../../operator/application/reservation/reservations.ts'
import { keyOf, type Reservation, type ReservationStatus } from '../../operator/domain/reservation/reservation.ts'
import { statusWithoutEntry } from '../../operator/domain/reservation/tell.ts'

/** What the suite needs besides the port: what clients do. */
export interface ReservationsWorld {
  readonly reservations: Reservations
  readonly namespace: string
  create(name: string): Promise<void>
  confirm(name: string): Promise<void>
  delete(name: string): Promise<void>
}

/** Every promise of the port Reservations. */
export function reservationsContract(describedAs: string, world: () => ReservationsWorld): void {
  describe(`Reservations: ${describedAs}`, () => {
    let names = 0

    async function aReservation(): Promise<Reservation> {
      names += 1
      await world().create(`reservation-${names}`)
      return present(`reservation-${names}`)
    }

    async function present(name: string): Promise<Reservation> {
      const reservation = await world().reservations.read(world().namespace, name)
      assert.ok(reservation, `${name} should be there`)
      return reservation
    }

    const pending = (reservation: Reservation, message = 'wait') =>
      statusWithoutEntry({ phase: 'Pending', reason: 'StockBusy', message, at }, reservation)
    const refused = (reservation: Reservation): ReservationStatus =>
      statusWithoutEntry({ phase: 'Rejected', reason: 'StockNotFound', message: 'no', at }, reservation)

    it('reads what a client wrote, and nothing where nothing is', async () => {
      const reservation = await aReservation()
      assert.deepEqual(reservation.spec.items, [{ stockNamespace: world().namespace, stock: 'lamp', quantity: 2 }])
      assert.equal(reservation.status, undefined)
      assert.equal(await world().reservations.read(world().namespace, 'nobody'), undefined)
    })

    it('reports against the exact version, and answers the new one', async () => {
      const reservation = await aReservation()
      const result = await world().reservations.report(reservation, pending(reservation))
      assert.equal(result.kind, 'reported')
      assert.deepEqual((await present(reservation.name)).status, pending(reservation))
      assert.deepEqual(await world().reservations.report(reservation, pending(reservation, 'again')), {
        kind: 'conflict',
      })
    })

    it('does not report over what a client has changed meanwhile', async () => {
      const reservation = await aReservation()
      await world().confirm(reservation.name)
      assert.deepEqual(await world().reservations.report(reservation, pending(reservation)), { kind: 'conflict' })
      assert.equal((await present(reservation.name)).spec.state, 'Confirmed')
    })

    it('never changes a finished phase', async () => {
      const reservation = await aReservation()
      await world().reservations.report(reservation, refused(reservation))
      const over = await present(reservation.name)
      assert.equal((await world().reservations.report(over, pending(over))).kind, 'refused')
      assert.equal((await present(reservation.name)).status?.phase, 'Rejected')
    })

    it('reports nothing to one that is gone, nor to another of its name', async () => {
      const reservation = await aReservation()
      await world().delete(reservation.name)
      assert.deepEqual(await world().reservations.report(reservation, pending(reservation)), { kind: 'gone' })
      await world().create(reservation.name)
      assert.equal((await world().reservations.report(reservation, pending(reservation))).kind, 'conflict')
    })

    it('removes exactly the version that it is given', async () => {
      const reservation = await aReservation()
      await world().confirm(reservation.name)
      assert.equal(await world().reservations.remove(reservation), 'changed')
      assert.equal(await world().reservations.remove(await present(reservation.name)), 'removed')
      assert.equal(await world().reservations.read(world().namespace, reservation.name), undefined)
      assert.equal(await world().reservations.remove(reservation), 'gone')
    })

    it('finds by key what it has seen', async () => {
      const { name, uid } = await aReservation()
      const found = world().reservations.find(keyOf(world().namespace, name))
      assert.ok(found === undefined || found.uid === uid)
    })
  })
}

const at = '2026-11-22T10:00:00.000Z'
