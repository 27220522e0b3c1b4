import assert from 'node:assert/strict'
import { ledNamespaces } from '../../fixtures/led-namespaces.ts'
import type { ObservedNamespaces } from '../../fixtures/observed-namespaces.ts'
import type { OperatorProcess } from '../../fixtures/operator-process.ts'

const namespace = 'operator-final'
const keyOf = (name: string) => `${namespace}/${name}`

describe('what was decided stays decided', () => {
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

  const phasesOf = (name: string) =>
    shop.reservations.versions(keyOf(name)).flatMap(({ status }) => (status?.phase ? [status.phase] : []))
  const sold = { state: 'Confirmed' } as const

  it('sold orders stay sold when their stock is deleted and one of its name comes after it', async function () {
    this.timeout(60_000)
    for (const name of ['a-kettle', 'b-mug']) await shop.createStock(name, { quantity: 10 })
    await shop.reserve('order-7', { 'a-kettle': 4 }, sold)
    await shop.reserve('order-8', { 'a-kettle': 1, 'b-mug': 3 }, sold)
    const orders = ['order-7', 'order-8']
    for (const name of orders) await shop.untilPhase(name, 'Confirmed')
    await shop.deleteStock('a-kettle')
    await shop.stocks.until(keyOf('a-kettle'), (stock) => stock === undefined)
    await shop.createStock('a-kettle', { quantity: 6 })
    await shop.reserve('next', { 'a-kettle': 6 })
    await shop.untilPhase('next', 'Reserved') // the new one owes nothing to the orders of the former
    for (const name of orders) await shop.patchReservation(name, { priority: 1 }) // looked at once more
    for (const name of orders) {
      await shop.reservations.until(keyOf(name), (seen) => seen?.status?.observedGeneration === 2)
      assert.equal(phasesOf(name).at(-1), 'Confirmed')
      assert.equal(phasesOf(name).includes('Released'), false)
    }
    await shop.untilStock('b-mug', ({ status }) => status?.confirmed === 3)
    await shop.reserve('last-mugs', { 'b-mug': 7 })
    await shop.untilPhase('last-mugs', 'Reserved')
  })

  it('terms that change while somebody waits are for newcomers, and a restart decides nothing', async function () {
    this.timeout(60_000)
    const stocks = ['tv', 'radio', 'phone'] as const
    for (const stock of stocks) await shop.createStock(stock, { quantity: 5 })
    for (const stock of stocks) await shop.reserve(`holds-${stock}`, { [stock]: 3 }, { ttl: '2h' })
    for (const stock of stocks) await shop.untilPhase(`holds-${stock}`, 'Reserved')
    for (const stock of stocks) await shop.reserve(`waits-${stock}`, { [stock]: 3 }, { waitFor: '24h' })
    for (const stock of stocks) await shop.untilPhase(`waits-${stock}`, 'Waiting')
    await shop.patchStock('tv', { quantity: 2 })
    await shop.patchStock('radio', { waitlist: { maxWait: '1h' } })
    await shop.patchStock('phone', { limits: { perReservation: 2 } })
    for (const stock of stocks) {
      const { metadata } = await shop.untilStock(stock, (seen) => seen.metadata.generation === 2)
      await shop.untilStock(stock, ({ status }) => status?.observedGeneration === metadata.generation)
    }
    await shop.reserve('newcomer', { radio: 3 }, { waitFor: '24h' })
    await shop.untilPhase('newcomer', 'Rejected', 'WaitTooLong')
    for (const stock of stocks) await shop.patchReservation(`waits-${stock}`, { priority: 1 }) // looked at once more

    for (const [round, end] of (['stop', 'kill'] as const).entries()) {
      await operator[end]()
      await operator.start()
      for (const stock of stocks) await shop.patchReservation(`waits-${stock}`, { priority: 2 + round })
      for (const stock of stocks)
        await shop.reservations.until(
          keyOf(`waits-${stock}`),
          (seen) => seen?.status?.observedGeneration === seen?.metadata.generation,
        )
      for (const stock of stocks) assert.deepEqual(new Set(phasesOf(`waits-${stock}`)), new Set(['Waiting']))
    }
    await shop.patchReservation('holds-radio', { state: 'Released' })
    await shop.untilPhase('waits-radio', 'Reserved') // how long it may wait was judged when it came
    await shop.patchStock('tv', { quantity: 6 })
    await shop.untilPhase('waits-tv', 'Reserved')
    await shop.patchStock('phone', { limits: { perReservation: null } })
    await shop.patchReservation('holds-phone', { state: 'Released' })
    await shop.untilPhase('waits-phone', 'Reserved')
  })
})
