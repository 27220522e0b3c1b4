import assert from 'node:assert/strict'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { ledNamespaces } from '../../fixtures/led-namespaces.ts'
import type { ObservedNamespaces } from '../../fixtures/observed-namespaces.ts'
import type { OperatorProcess } from '../../fixtures/operator-process.ts'

const namespace = 'operator-one-stock'

describe('the operator with one stock', () => {
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

  const balancesOf = (name: string) => {
    const { reserved, confirmed, available } = shop.stocks.latest(`${namespace}/${name}`)?.status ?? {}
    return { reserved, confirmed, available }
  }

  it('holds units until a deadline, sells them when they are confirmed, and takes them back when they are released', async () => {
    await shop.createStock('machine', { quantity: 20, price: { amount: '349.00', currency: 'EUR' } })
    await shop.reserve('paid', { machine: 2 }, { consumer: 'ana', requestId: 'req-1', ttl: '15m' })
    const held = await shop.untilPhase('paid', 'Reserved')
    assert.match(held.status?.message ?? '', /^2 of machine held until ([\d-]{10} )?\d\d:\d\d:\d\dZ$/)
    assert.deepEqual(held.status?.totalPrice, [{ amount: '698.00', currency: 'EUR' }])
    await shop.patchReservation('paid', { state: 'Confirmed' })
    assert.equal((await shop.untilPhase('paid', 'Confirmed')).status?.message, '2 of machine sold')
    const stock = await shop.untilStock('machine', ({ status }) => status?.confirmed === 2)
    assert.deepEqual([stock.status?.reserved, stock.status?.available, stock.status?.level], [0, 18, 'Normal'])
    await shop.patchReservation('paid', { state: 'Released' })
    await shop.untilPhase('paid', 'Released', 'ReleasedByClient')
    await shop.untilStock('machine', ({ status }) => status?.available === 20 && status.ledger.pending?.length === 0)
  })

  it('sells at once what asks for it at its creation, with one status write', async () => {
    await shop.createStock('card', { quantity: 5 })
    await shop.reserve('at-once', { card: 1 }, { state: 'Confirmed' })
    const sold = await shop.untilPhase('at-once', 'Confirmed')
    assert.ok(sold.status?.reservedAt && sold.status.confirmedAt)
    assert.equal(shop.reservations.versions(`${namespace}/at-once`).length, 2)
    assert.equal(sold.status.conditions?.find(({ type }) => type === 'Finished')?.status, 'True')
  })

  it('lets those wait who want to, tells them their place, and gives them what comes free in order', async () => {
    await shop.createStock('grinder', { quantity: 5 })
    await shop.reserve('cafe', { grinder: 5 }, { ttl: '1h' })
    await shop.untilPhase('cafe', 'Reserved')
    await shop.reserve('first', { grinder: 2 }, { waitFor: '10m' })
    const first = await shop.untilPhase('first', 'Waiting', 'WaitingForStock')
    assert.match(
      first.status?.message ?? '',
      /^waiting for 2 of grinder: 0 of 5 available, 1st in line; the next hold runs out at ([\d-]{10} )?\d\d:/,
    )
    assert.deepEqual(first.status?.waitlist?.shortages, [{ stockNamespace: namespace, stock: 'grinder', missing: 2 }])
    await shop.reserve('second', { grinder: 4 }, { waitFor: '10m', priority: -1 })
    assert.equal((await shop.untilPhase('second', 'Waiting')).status?.waitlist?.position, 2)
    assert.equal((await shop.untilEvent('second', 'WaitingForStock')).type, 'Normal')
    await shop.patchReservation('cafe', { state: 'Released' })
    await shop.untilPhase('first', 'Reserved')
    assert.equal(shop.reservations.latest(`${namespace}/second`)?.status?.phase, 'Waiting')
    const moved = await shop.reservations.until(
      `${namespace}/second`,
      (object) => object?.status?.waitlist?.position === 1,
    )
    assert.match(moved.status?.message ?? '', /^waiting for 4 of grinder: 3 of 5 available, 1st in line/)
    await shop.deleteReservation('first')
    await shop.untilPhase('second', 'Reserved')
    await shop.untilStock('grinder', ({ status }) => status?.reserved === 4 && status.waiting === 0)
  })

  it('ends a wait when its time is up', async () => {
    await shop.createStock('scarce', { quantity: 1 })
    await shop.reserve('has-it', { scarce: 1 })
    await shop.untilPhase('has-it', 'Reserved')
    await shop.reserve('gives-up', { scarce: 1 }, { waitFor: '1s' })
    await shop.untilPhase('gives-up', 'Waiting')
    await shop.untilPhase('gives-up', 'Rejected', 'WaitTimedOut')
    await shop.untilStock('scarce', ({ status }) => status?.waiting === 0)
  })

  it('ends a hold at its deadline, not before', async () => {
    await shop.createStock('cup', { quantity: 3 })
    await shop.reserve('forgotten', { cup: 1 }, { ttl: '1500ms' })
    const { status: held } = await shop.untilPhase('forgotten', 'Reserved')
    const { status: over } = await shop.untilPhase('forgotten', 'Expired', 'HoldExpired')
    const lateMs = Date.parse(over?.finishedAt ?? '') - Date.parse(held?.expiresAt ?? '')
    assert.ok(lateMs >= 0, `${-lateMs} ms early`)
    assert.equal(over?.expiresAt, undefined)
    assert.match((await shop.untilEvent('forgotten', 'HoldExpired')).note, /the hold ran out; 1 of cup given back/)
    assert.deepEqual(balancesOf('cup'), { reserved: 0, confirmed: 0, available: 3 })
  })

  it('refuses a confirmation that comes after the deadline', async () => {
    await shop.createStock('saucer', { quantity: 3 })
    await shop.reserve('late', { saucer: 1 }, { ttl: '1s' })
    const { status } = await shop.untilPhase('late', 'Reserved')
    await new Promise((resolve) => setTimeout(resolve, Date.parse(status?.expiresAt ?? '') - Date.now()))
    await shop.patchReservation('late', { state: 'Confirmed' }).catch(() => undefined) // or it is over already
    const over = await shop.untilPhase('late', 'Expired')
    assert.ok(['ConfirmedTooLate', 'HoldExpired'].includes(over.status?.reason ?? ''))
  })

  it('extends a hold whose ttl is raised, and not beyond what the stock allows', async () => {
    await shop.createStock('spoon', { quantity: 3, hold: { ttl: '1m', maxTTL: '10m' } })
    await shop.reserve('longer', { spoon: 1 })
    const { status } = await shop.untilPhase('longer', 'Reserved')
    const begin = Date.parse(status?.reservedAt ?? '')
    assert.equal(Date.parse(status?.expiresAt ?? '') - begin, 60_000)
    await shop.patchReservation('longer', { ttl: '5m' })
    await shop.reservations.until(
      `${namespace}/longer`,
      (object) => Date.parse(object?.status?.expiresAt ?? '') - begin === 300_000,
    )
    await shop.patchReservation('longer', { ttl: '20m' })
    const cut = await shop.reservations.until(
      `${namespace}/longer`,
      (object) => Date.parse(object?.status?.expiresAt ?? '') - begin === 600_000,
    )
    assert.match(cut.status?.message ?? '', /cut to spoon's longest hold, 10m/)
  })

  it('gives the units of a deleted reservation back, sold ones of goods excepted', async () => {
    await shop.createStock('tray', { quantity: 10 })
    await shop.createStock('room', { quantity: 10, reclaimPolicy: 'Return' })
    await shop.reserve('held-tray', { tray: 1 })
    await shop.reserve('sold-tray', { tray: 2 }, { state: 'Confirmed' })
    await shop.reserve('used-room', { room: 3 }, { state: 'Confirmed' })
    for (const name of ['held-tray', 'sold-tray', 'used-room'])
      await shop.untilPhase(name, name === 'held-tray' ? 'Reserved' : 'Confirmed')
    for (const name of ['held-tray', 'sold-tray', 'used-room']) await shop.deleteReservation(name)
    await shop.untilStock('room', ({ status }) => status?.confirmed === 0 && status.available === 10)
    await shop.untilStock('tray', ({ status }) => status?.reserved === 0 && status.ledger.pending?.length === 0)
    assert.deepEqual(balancesOf('tray'), { reserved: 0, confirmed: 2, available: 8 })
  })

  it('writes every decision to the audit topic once, in order and without a gap', async () => {
    const finished = ({ status }: VirtualStock) => status?.ledger.pending?.length === 0
    for (const { metadata } of shop.stocks.all()) await shop.untilStock(metadata.name ?? '', finished)
    const journal = new Map<string, number[]>()
    for (const { topic, key, headers } of operator.events()) {
      if (topic === 'stock-audit-logs') journal.set(key, [...(journal.get(key) ?? []), Number(headers['ce_sequence'])])
    }
    assert.ok(journal.size >= 8, `${journal.size} stocks`)
    for (const [key, sequences] of journal)
      assert.deepEqual(
        sequences,
        sequences.map((_, index) => index + 1),
        key,
      )
    const ends = shop.stocks
      .all()
      .map(({ metadata, status }) => [`${metadata.namespace}/${metadata.name}`, status?.ledger.sequence])
    for (const [key, sequence] of ends) assert.equal(journal.get(String(key))?.length, sequence, String(key))
  })
})
