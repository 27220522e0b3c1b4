import assert from 'node:assert/strict'
import type { Reservation, ReservationStatus } from '../../../../operator/domain/reservation/reservation.ts'
import { aReporter } from './a-reporter.ts'

describe('reporter, with asides', () => {
  const pending = (latest: Reservation): ReservationStatus | undefined =>
    latest.status ? undefined : ({ phase: 'Pending', message: 'busy', conditions: [] } as unknown as ReservationStatus)

  it('says them when there is time, a few at once, and decisions go first', async () => {
    const { clock, world, writes, reporter, stored, store, hold } = aReporter()
    for (let index = 0; index < 500; index += 1) {
      store({ namespace: `n${index % 50}`, name: `p${index}`, uid: `uid-p${index}` })
    }
    for (const reservation of [...stored.values()]) reporter.aside({ reservation, compose: pending })
    await clock.settle()
    assert.equal(world.underWay, 16)
    const one = hold('shop', 'order')
    await clock.advance(10)
    assert.equal(one.reported, true)
    await clock.advance(1_000)
    assert.equal(writes.length, 501)
    assert.ok(world.mostUnderWay <= 17)
  })

  it('drops what a decision says better, and asks for nothing twice', async () => {
    const { clock, writes, reporter, stored, store, tell } = aReporter()
    store({ namespace: 'shop', name: 'order', uid: 'uid-order' })
    const reservation = stored.get('shop/order') as Reservation
    reporter.aside({ reservation, compose: pending }, 250)
    tell('shop', 'order')
    reporter.aside({ reservation, compose: pending })
    await clock.advance(5_000)
    assert.deepEqual(
      writes.map(({ status }) => status.phase),
      ['Reserved'],
    )
  })

  it('writes over the latest version seen, after a conflict too', async () => {
    const { clock, writes, reporter, stored, store } = aReporter()
    store({ namespace: 'shop', name: 'order', uid: 'uid-order' })
    const reservation = stored.get('shop/order') as Reservation
    reporter.aside({ reservation, compose: pending })
    await clock.settle()
    stored.set('shop/order', { ...reservation, resourceVersion: '8' })
    await clock.advance(1_000)
    assert.equal(writes.length, 1)
  })

  it('lets some through beside decisions without end', async () => {
    const { clock, writes, reporter, stored, store, hold } = aReporter()
    store({ namespace: 'shop', name: 'parked', uid: 'uid-parked' })
    for (let index = 0; index < 2_000; index += 1) hold(`n${index % 4}`, `o${index}`)
    reporter.aside({ reservation: stored.get('shop/parked') as Reservation, compose: pending })
    await clock.advance(50)
    assert.ok(writes.some(({ key }) => key === 'shop/parked'))
  })
})
