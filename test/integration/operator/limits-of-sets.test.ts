import assert from 'node:assert/strict'
import { ledNamespaces } from '../../fixtures/led-namespaces.ts'
import type { ObservedNamespaces } from '../../fixtures/observed-namespaces.ts'
import type { OperatorProcess } from '../../fixtures/operator-process.ts'

const namespace = 'operator-set-limits'

/** In each test the first stock by name, which decides for the set, allows what the other one does not. */
describe('the limits of every stock of a set, not only of the one that decides', () => {
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

  const statusOf = (name: string) => shop.reservations.latest(`${namespace}/${name}`)?.status
  const untilDecided = (name: string) =>
    shop.reservations.until(`${namespace}/${name}`, (seen) =>
      ['Reserved', 'Rejected'].includes(seen?.status?.phase ?? ''),
    )

  it('give one consumer no more than its limit, however many sets are asked for at once', async () => {
    await shop.createStock('a-seat', { quantity: 100 })
    await shop.createStock('b-meal', { quantity: 100, limits: { perConsumer: 4 } })
    const names = Array.from({ length: 10 }, (_, index) => `ana-${index}`)
    await Promise.all(names.map((name) => shop.reserve(name, { 'a-seat': 3, 'b-meal': 3 }, { consumer: 'ana' })))
    await Promise.all(names.map(untilDecided))
    const told = names.map((name) => `${statusOf(name)?.phase}/${statusOf(name)?.reason}`).sort()
    assert.deepEqual(told, [...Array(9).fill('Rejected/LimitPerConsumer'), 'Reserved/Reserved'])
    const mostOut = Math.max(...shop.stocks.versions(`${namespace}/b-meal`).map(({ status }) => status?.reserved ?? 0))
    assert.equal(mostOut, 3, 'in no version of its books it had more')
    for (const stock of ['a-seat', 'b-meal'])
      await shop.untilStock(stock, ({ status }) => status?.reserved === 3 && status.ledger.pending?.length === 0)
    assert.match(
      names.map((name) => statusOf(name)?.message ?? '').join('\n'),
      /^\S+ has \d of b-meal and asks for another \d, more than one consumer may have: at most 4$/m,
    )
  })

  it('hold a set no longer than each stock allows, when it is asked for and when it is extended', async () => {
    await shop.createStock('a-room', { quantity: 5, hold: { ttl: '10m', maxTTL: '24h' } })
    await shop.createStock('b-car', { quantity: 5, hold: { ttl: '10m', maxTTL: '1h' } })
    const pair = { 'a-room': 1, 'b-car': 1 }
    await shop.reserve('long', pair, { ttl: '10h' })
    await shop.untilPhase('long', 'Rejected', 'HoldTooLong')
    await shop.reserve('raised', pair, { ttl: '30m' })
    await shop.untilPhase('raised', 'Reserved')
    await shop.patchReservation('raised', { ttl: '10h' })
    const { status } = await shop.reservations.until(
      `${namespace}/raised`,
      (seen) => seen?.status?.observedGeneration === 2 && seen.status.message?.includes('cut') === true,
    )
    const heldMs = Date.parse(status?.expiresAt ?? '') - Date.parse(status?.reservedAt ?? '')
    assert.equal(heldMs, 3_600_000)
    assert.match(status?.message ?? '', /\(cut to b-car's longest hold, 1h\)$/)
  })

  it('let nobody wait in a line that takes nobody', async () => {
    await shop.createStock('c-room', { quantity: 2 })
    await shop.createStock('d-beamer', { quantity: 1, waitlist: { maxLength: 0 } })
    await shop.reserve('first', { 'd-beamer': 1 })
    await shop.untilPhase('first', 'Reserved')
    await shop.reserve('alone', { 'd-beamer': 1 }, { waitFor: '1h' })
    await shop.reserve('both', { 'c-room': 1, 'd-beamer': 1 }, { waitFor: '1h' })
    for (const name of ['alone', 'both']) await shop.untilPhase(name, 'Rejected', 'WaitlistFull')
    assert.match(statusOf('both')?.message ?? '', /d-beamer/)
    assert.equal(shop.stocks.latest(`${namespace}/d-beamer`)?.status?.waiting ?? 0, 0)
    await shop.reserve('room-now', { 'c-room': 1 })
    await shop.untilPhase('room-now', 'Reserved')
  })

  it('let a set that waits for one stock keep nobody from another that has enough', async () => {
    await shop.createStock('e-tent', { quantity: 1 })
    await shop.createStock('f-lamp', { quantity: 100, waitlist: { maxLength: 0, maxPriority: 1_000 } })
    await shop.reserve('camper', { 'e-tent': 1 })
    await shop.untilPhase('camper', 'Reserved')
    await shop.reserve('waits', { 'e-tent': 1, 'f-lamp': 1 }, { waitFor: '1h', priority: 1_000 })
    await shop.untilPhase('waits', 'Waiting')
    await shop.reserve('newcomer', { 'f-lamp': 1 })
    await shop.untilPhase('newcomer', 'Reserved')
    await shop.patchReservation('camper', { state: 'Released' })
    await shop.untilPhase('waits', 'Reserved')
  })
})
