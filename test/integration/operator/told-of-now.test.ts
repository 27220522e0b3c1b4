import assert from 'node:assert/strict'
import type { Reservation } from '../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import { ledNamespaces } from '../../fixtures/led-namespaces.ts'
import type { ObservedNamespaces } from '../../fixtures/observed-namespaces.ts'
import type { OperatorProcess } from '../../fixtures/operator-process.ts'

const namespace = 'operator-told-of-now'

describe('what reservations are told of now', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(90_000)
    ;({ shop, operator } = await ledNamespaces(namespace))
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
  })

  const until = (name: string, fits: (reservation: Reservation) => boolean) =>
    shop.reservations.until(`${namespace}/${name}`, (seen) => seen !== undefined && fits(seen))
  const isObserved = ({ metadata, status }: Reservation) =>
    status?.observedGeneration === metadata.generation &&
    (status?.conditions ?? []).every(({ observedGeneration }) => observedGeneration === metadata.generation)

  it('follows a changed spec in every phase, and says of a ttl that was cut', async function () {
    this.timeout(60_000)
    await shop.createStock('bikes', { quantity: 2, hold: { ttl: '10m', maxTTL: '1h' } })
    await shop.reserve('sold', { bikes: 1 }, { state: 'Confirmed' })
    await shop.untilPhase('sold', 'Confirmed')
    await shop.reserve('held', { bikes: 1 }, { ttl: '1h' })
    await shop.untilPhase('held', 'Reserved')
    await shop.reserve('waits', { bikes: 1 }, { waitFor: '1h' })
    await shop.untilPhase('waits', 'Waiting')
    await shop.reserve('refused', { bikes: 2 })
    await shop.untilPhase('refused', 'Rejected')
    for (const name of ['sold', 'held', 'waits', 'refused']) {
      const before = shop.reservations.latest(`${namespace}/${name}`)
      await shop.patchReservation(name, { priority: 5 })
      const { status } = await until(name, (seen) => seen.metadata.generation === 2 && isObserved(seen))
      assert.deepEqual(
        [status?.phase, status?.sequence, status?.expiresAt],
        [before?.status?.phase, before?.status?.sequence, before?.status?.expiresAt],
      )
    }
    await shop.patchReservation('held', { ttl: '10h' })
    const cut = await until('held', (seen) => seen.metadata.generation === 3 && isObserved(seen))
    assert.match(cut.status?.message ?? '', /held until .*Z \(cut to bikes's longest hold, 1h\)$/)
  })

  it('tells those who wait the numbers of now', async function () {
    this.timeout(60_000)
    await shop.createStock('van', { quantity: 5, hold: { ttl: '10m', maxTTL: '2h' } })
    await shop.reserve('holder', { van: 4 })
    await shop.untilPhase('holder', 'Reserved')
    await shop.reserve('waiter', { van: 4 }, { waitFor: '1h' })
    await shop.untilPhase('waiter', 'Waiting')
    await shop.patchStock('van', { quantity: 7 })
    await until('waiter', ({ status }) =>
      /: 3 of 7 available, 1st in line; the next hold runs out at/.test(status?.message ?? ''),
    )
    await shop.patchReservation('holder', { state: 'Confirmed' })
    const told = await until('waiter', ({ status }) => /1st in line$/.test(status?.message ?? ''))
    assert.equal(told.status?.message, 'waiting for 4 of van: 3 of 7 available, 1st in line')
    assert.deepEqual(told.status?.waitlist?.shortages, [{ stockNamespace: namespace, stock: 'van', missing: 1 }])
  })
})
