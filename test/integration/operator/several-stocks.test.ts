import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { ledNamespaces } from '../../fixtures/led-namespaces.ts'
import type { ObservedNamespaces } from '../../fixtures/observed-namespaces.ts'
import type { OperatorProcess } from '../../fixtures/operator-process.ts'

const namespace = 'operator-several'

describe('the operator with several stocks', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(90_000)
    ;({ shop, operator } = await ledNamespaces(namespace))
    for (const name of ['apples', 'bread', 'cheese'])
      await shop.createStock(name, { quantity: 10, price: { amount: '1.50', currency: 'EUR' } })
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
  })

  const untilBalances = async (wanted: { [stock: string]: [number, number] }): Promise<void> => {
    for (const [name, [reserved, confirmed]] of Object.entries(wanted)) {
      await shop.untilStock(
        name,
        ({ status }) =>
          status?.reserved === reserved && status.confirmed === confirmed && status.ledger.pending?.length === 0,
      )
    }
  }

  it('holds all lines with one status write, and confirms and releases them together', async () => {
    await shop.reserve('basket', { cheese: 3, apples: 1, bread: 2 })
    const held = await shop.untilPhase('basket', 'Reserved')
    assert.equal(held.status?.summary, 'apples×1, bread×2, cheese×3')
    assert.deepEqual(held.status.totalPrice, [{ amount: '9.00', currency: 'EUR' }])
    await untilBalances({ apples: [1, 0], bread: [2, 0], cheese: [3, 0] })
    assert.equal(shop.reservations.versions(`${namespace}/basket`).length, 2, 'created, and held')
    await shop.patchReservation('basket', { state: 'Confirmed' })
    await shop.untilPhase('basket', 'Confirmed')
    await untilBalances({ apples: [0, 1], bread: [0, 2], cheese: [0, 3] })
    await shop.patchReservation('basket', { state: 'Released' })
    await shop.untilPhase('basket', 'Released')
    await untilBalances({ apples: [0, 0], bread: [0, 0], cheese: [0, 0] })
    assert.equal(
      shop.reservations.versions(`${namespace}/basket`).length,
      6,
      'three changes of the spec, one status write for each',
    )
  })

  it('gives a stock a moment that comes after the reservation', async () => {
    await shop.reserve('early', { apples: 1, dates: 2 })
    await pause(1_000)
    await shop.createStock('dates', { quantity: 10 })
    await shop.untilPhase('early', 'Reserved')
    await shop.deleteReservation('early')
    await untilBalances({ apples: [0, 0], dates: [0, 0] })
  })

  it('confirms at once what asks for it at its creation', async () => {
    await shop.reserve('at-once', { apples: 1, bread: 1 }, { state: 'Confirmed' })
    await shop.untilPhase('at-once', 'Confirmed')
    await untilBalances({ apples: [0, 1], bread: [0, 1] })
    assert.equal(shop.reservations.versions(`${namespace}/at-once`).length, 2, 'created, and told once')
    await shop.patchReservation('at-once', { state: 'Released' })
    await untilBalances({ apples: [0, 0], bread: [0, 0] })
  })

  it('holds every set of many that together want exactly what there is', async () => {
    for (const name of ['nuts', 'oats']) await shop.createStock(name, { quantity: 60 })
    await untilBalances({ nuts: [0, 0], oats: [0, 0] })
    const names = Array.from({ length: 60 }, (_, index) => `exact-${index}`)
    await Promise.all(names.map((name) => shop.reserve(name, { nuts: 1, oats: 1 })))
    for (const name of names) await shop.untilPhase(name, 'Reserved')
    await untilBalances({ nuts: [60, 0], oats: [60, 0] })
  })

  it('takes nothing at all when one line can not be had', async () => {
    await shop.reserve('much-cheese', { cheese: 9 })
    await shop.untilPhase('much-cheese', 'Reserved')
    await shop.reserve('no-basket', { apples: 1, cheese: 2 })
    const { status } = await shop.untilPhase('no-basket', 'Rejected', 'InsufficientStock')
    assert.equal(status?.message, 'needs 1 of apples, 2 of cheese; 1 of cheese missing')
    await untilBalances({ apples: [0, 0], cheese: [9, 0] })
    const kept = shop.stocks.versions(`${namespace}/apples`).at(-1)
    await shop.deleteReservation('much-cheese')
    await untilBalances({ cheese: [0, 0] })
    assert.equal(kept?.status?.reserved, 0)
  })

  it('refuses a set of which one stock does not exist', async () => {
    await shop.reserve('half-known', { apples: 1, unheard: 1 })
    await shop.untilPhase('half-known', 'Rejected', 'StockNotFound')
    await untilBalances({ apples: [0, 0] })
  })

  it('lets a set wait until every line can be had', async () => {
    await shop.reserve('bread-man', { bread: 10 })
    await shop.reserve('cheese-man', { cheese: 10 })
    await shop.untilPhase('bread-man', 'Reserved')
    await shop.untilPhase('cheese-man', 'Reserved')
    await shop.reserve('patient', { apples: 1, bread: 1, cheese: 1 }, { waitFor: '5m' })
    const waiting = await shop.untilPhase('patient', 'Waiting')
    assert.deepEqual(
      waiting.status?.waitlist?.shortages?.map(({ stock, missing }) => [stock, missing]),
      [
        ['bread', 1],
        ['cheese', 1],
      ],
    )
    await shop.deleteReservation('bread-man')
    await untilBalances({ apples: [0, 0], bread: [0, 0] })
    assert.equal(shop.reservations.latest(`${namespace}/patient`)?.status?.phase, 'Waiting')
    await shop.deleteReservation('cheese-man')
    await shop.untilPhase('patient', 'Reserved')
    await untilBalances({ apples: [1, 0], bread: [1, 0], cheese: [1, 0] })
  })

  it('ends a set at its deadline in every stock', async () => {
    await shop.reserve('brief', { apples: 2, bread: 2 }, { ttl: '1s' })
    await shop.untilPhase('brief', 'Reserved')
    await shop.untilPhase('brief', 'Expired', 'HoldExpired')
    await untilBalances({ apples: [1, 0], bread: [1, 0] })
  })

  it('gives every line of a deleted set back', async () => {
    await shop.deleteReservation('patient')
    await untilBalances({ apples: [0, 0], bread: [0, 0], cheese: [0, 0] })
  })
})
