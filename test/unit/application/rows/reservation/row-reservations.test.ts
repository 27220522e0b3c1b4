import assert from 'node:assert/strict'
import { auditRows } from '../../../../fixtures/audit-rows.ts'
import { afterTen, minuteMs } from '../../../../fixtures/builders.ts'
import { aRowSite } from './a-row-site.ts'

const of = (stock: string, quantity = 2) => ({ stockNamespace: 'shop', stock, quantity })

describe('Reservation objects of stocks whose books are rows', () => {
  let site: ReturnType<typeof aRowSite>
  let lead: ReturnType<typeof site.leader>

  beforeEach(() => {
    site = aRowSite()
    lead = site.leader()
  })
  afterEach(() => assert.deepEqual(auditRows(site.books.rows()), []))

  const phaseOf = (name: string) => {
    const { phase, reason, message } = site.statusOf(name) ?? {}
    return [phase, reason, message]
  }

  it('are told of a hold as of every other', async () => {
    const stock = await site.stock('grinder', { price: { amount: '12.50', currency: 'EUR' } })
    site.apply('order', { consumer: 'ana', requestId: 'r-1', note: 'a gift' })
    assert.deepEqual(await site.look(lead, 'order'), { kind: 'recheckAfter', delayMs: 60_000 })
    const { conditions = [], ...status } = site.statusOf('order') ?? {}
    assert.deepEqual(status, {
      observedGeneration: 1,
      phase: 'Reserved',
      reason: 'Reserved',
      message: '2 of grinder held until 10:15:00Z',
      summary: 'grinder×2',
      stock: 'grinder',
      sequence: 2,
      items: [
        {
          ...{ stockNamespace: 'shop', stock: 'grinder', stockUID: stock.uid, sequence: 2, quantity: 2 },
          unitPrice: { amount: '12.50', currency: 'EUR' },
        },
      ],
      totalPrice: [{ amount: '25.00', currency: 'EUR' }],
      reservedAt: afterTen(0),
      expiresAt: afterTen(900),
    })
    assert.deepEqual(
      conditions.map(({ type, status: holds }) => [type, holds]),
      [
        ['Reserved', 'True'],
        ['Confirmed', 'False'],
        ['Finished', 'False'],
      ],
    )
    const [row] = site.books.rows().claims
    assert.deepEqual(row?.about, {
      ...{ namespace: 'shop', name: 'order', source: 'object' },
      ...{ consumer: 'ana', requestId: 'r-1', note: 'a gift' },
    })
  })

  it('cost nothing to look at again while there is nothing to do', async () => {
    await site.stock('grinder')
    site.apply('order')
    await site.look(lead, 'order')
    assert.deepEqual(await site.look(lead, 'order'), { kind: 'recheckAfter', delayMs: 60_000 })
    assert.equal(site.asked.length, 1)
    assert.equal(site.told.writes.length, 1)
  })

  it('are sold at once where they ask for that, and told of both in one write', async () => {
    const stock = await site.stock('grinder')
    site.apply('order', { state: 'Confirmed' })
    assert.deepEqual(await site.look(lead, 'order'), { kind: 'settled' })
    assert.deepEqual(phaseOf('order'), ['Confirmed', 'Confirmed', '2 of grinder sold'])
    const { reservedAt, confirmedAt, expiresAt, conditions } = site.statusOf('order') ?? {}
    assert.deepEqual([reservedAt, confirmedAt, expiresAt], [afterTen(0), afterTen(0), undefined])
    assert.equal(conditions?.find(({ type }) => type === 'Finished')?.status, 'True')
    assert.equal(site.told.writes.length, 1)
    assert.deepEqual(site.balancesOf(stock), [0, 2])
  })

  it('follow their specs: confirmed, lent, given back', async () => {
    const stock = await site.stock('vcpu', { reclaimPolicy: 'Return' })
    site.apply('order', { items: [of('vcpu')] })
    await site.look(lead, 'order')
    site.apply('order', { state: 'Confirmed' })
    await site.look(lead, 'order')
    assert.deepEqual(phaseOf('order'), ['Confirmed', 'Confirmed', '2 of vcpu in use'])
    assert.equal(site.statusOf('order')?.observedGeneration, 2)
    assert.deepEqual(site.balancesOf(stock), [0, 2])
    site.apply('order', { state: 'Released' })
    await site.look(lead, 'order')
    assert.deepEqual(phaseOf('order'), ['Released', 'ReleasedByClient', '2 of vcpu given back'])
    assert.ok(site.statusOf('order')?.finishedAt)
    assert.deepEqual(site.balancesOf(stock), [0, 0])
  })

  it('are released before they are held, with nothing done', async () => {
    await site.stock('grinder')
    site.apply('order', { state: 'Released' })
    await site.look(lead, 'order')
    assert.deepEqual(phaseOf('order'), ['Released', 'ReleasedByClient', 'released before it was held'])
  })

  it('are held longer where they ask for that, up to the longest of their stocks', async () => {
    await site.stock('grinder', { hold: { ttlMs: minuteMs, maxTtlMs: 30 * minuteMs } })
    site.apply('order', { ttlMs: minuteMs })
    await site.look(lead, 'order')
    site.apply('order', { ttlMs: 60 * minuteMs })
    await site.look(lead, 'order')
    assert.deepEqual(phaseOf('order'), [
      'Reserved',
      'Reserved',
      "2 of grinder held until 10:30:00Z (cut to grinder's longest hold, 30m)",
    ])
    const { expiresAt, observedGeneration } = site.statusOf('order') ?? {}
    assert.deepEqual([expiresAt, observedGeneration], [afterTen(1_800), 2])
  })

  it('are refused with the sentences of the cluster', async () => {
    await site.stock('grinder', { limits: { perReservation: 4 } })
    await site.stock('paused', { paused: true })
    site.apply('first', { items: [of('grinder', 4)] })
    site.apply('many', { items: [of('grinder', 5)] })
    site.apply('short', { items: [of('grinder', 3)] })
    site.apply('paused', { items: [of('paused')] })
    for (const name of ['first', 'many', 'short', 'paused']) await site.look(lead, name)
    assert.deepEqual(phaseOf('many'), [
      'Rejected',
      'LimitPerReservation',
      'asks for 5 of grinder, more than one reservation may have: at most 4',
    ])
    assert.deepEqual(phaseOf('short'), ['Rejected', 'InsufficientStock', 'needs 3 of grinder, 1 available'])
    assert.deepEqual(phaseOf('paused').slice(0, 2), ['Rejected', 'StockPaused'])
    assert.ok(site.statusOf('short')?.finishedAt)
    const before = site.asked.length
    for (const name of ['many', 'short']) assert.deepEqual(await site.look(lead, name), { kind: 'settled' })
    assert.equal(site.asked.length, before)
  })

  it('are told by how much their consumer would have too many', async () => {
    await site.stock('grinder', { limits: { perConsumer: 3 } })
    for (const name of ['first', 'more']) {
      site.apply(name, { consumer: 'ana' })
      await site.look(lead, name)
    }
    assert.deepEqual(phaseOf('more'), [
      'Rejected',
      'LimitPerConsumer',
      'ana has 2 of grinder and asks for another 2, more than one consumer may have: at most 3',
    ])
  })

  it('hold several stocks of one database, or none', async () => {
    const stocks = [await site.stock('beans'), await site.stock('grinder')]
    const items = [of('beans', 3), of('grinder', 1)]
    site.apply('both', { items })
    site.apply('more', { items: [of('beans', 1), of('grinder', 5)] })
    for (const name of ['both', 'more']) await site.look(lead, name)
    assert.deepEqual(phaseOf('both'), ['Reserved', 'Reserved', '3 of beans, 1 of grinder held until 10:15:00Z'])
    assert.deepEqual(
      site.statusOf('both')?.items?.map(({ stockUID, quantity }) => [stockUID, quantity]),
      stocks.map(({ uid }, index) => [uid, items[index]?.quantity]),
    )
    assert.deepEqual(phaseOf('more'), [
      'Rejected',
      'InsufficientStock',
      'needs 1 of beans, 5 of grinder; 1 of grinder missing',
    ])
    site.apply('both', { state: 'Released' })
    await site.look(lead, 'both')
    assert.deepEqual(stocks.map(site.balancesOf), [
      [0, 0],
      [0, 0],
    ])
  })

  it('are refused without a word to any database where they would wait, or name stocks of different places', async () => {
    await site.stock('grinder')
    await site.stock('slow', {}, 'other')
    site.inCluster.add('shop/beans')
    site.apply('waits', { waitForMs: minuteMs })
    site.apply('mixed', { items: [of('beans'), of('grinder')] })
    site.apply('two', { items: [of('grinder'), of('slow')] })
    for (const name of ['waits', 'mixed', 'two']) await site.look(lead, name)
    assert.deepEqual(phaseOf('waits').slice(0, 2), ['Rejected', 'NoWaitlist'])
    assert.deepEqual(phaseOf('mixed').slice(0, 2), ['Rejected', 'LedgersDiffer'])
    assert.match(site.statusOf('two')?.message ?? '', /grinder in database fast, slow in database other/)
    assert.equal(site.asked.length, 0)
  })

  it('wait a moment for a stock that nobody has seen', async () => {
    await site.stock('grinder')
    site.apply('order', { items: [of('beans'), of('grinder')] }, { createdAt: site.clock.now() })
    assert.deepEqual(await site.look(lead, 'order'), { kind: 'recheckAfter', delayMs: 500 })
    await site.advance(3_000)
    await site.look(lead, 'order')
    assert.deepEqual(phaseOf('order'), [
      'Rejected',
      'StockNotFound',
      'there is no stock shop/beans; create it, then create a new reservation',
    ])
  })

  it('end when their time is up, and not before', async () => {
    const stock = await site.stock('grinder')
    site.apply('order', { ttlMs: minuteMs })
    assert.deepEqual(await site.look(lead, 'order'), { kind: 'recheckAfter', delayMs: minuteMs - 1 })
    await site.advance(minuteMs)
    site.books.setTime(site.clock.now() - 2 * minuteMs) // the database's clock is behind
    let outcome: unknown
    void lead('shop/order').then((end) => (outcome = end))
    await site.clock.advance(10)
    assert.deepEqual(outcome, { kind: 'recheckAfter', delayMs: 250 })
    await site.advance(0)
    await site.look(lead, 'order')
    assert.deepEqual(phaseOf('order'), ['Expired', 'HoldExpired', 'the hold ran out; 2 of grinder given back'])
    assert.deepEqual(site.balancesOf(stock), [0, 0])
  })

  it('are confirmed too late, unless nobody led when they were', async () => {
    const stock = await site.stock('grinder')
    for (const name of ['late', 'forgiven']) site.apply(name, { ttlMs: minuteMs })
    for (const name of ['late', 'forgiven']) await site.look(lead, name)
    site.apply('forgiven', { state: 'Confirmed' })
    await site.advance(2 * minuteMs)
    const next = site.leader()
    site.apply('late', { state: 'Confirmed' })
    for (const name of ['late', 'forgiven']) await site.look(next, name)
    assert.deepEqual(phaseOf('late').slice(0, 2), ['Expired', 'ConfirmedTooLate'])
    assert.deepEqual(phaseOf('forgiven').slice(0, 2), ['Confirmed', 'Confirmed'])
    assert.deepEqual(site.balancesOf(stock), [0, 2])
  })

  it('leave those of the cluster to it', async () => {
    site.inCluster.add('shop/beans')
    site.apply('order', { items: [of('beans')] })
    await site.look(lead, 'order')
    await site.look(lead, 'unknown')
    assert.deepEqual(site.clusterKeys, ['shop/order', 'shop/unknown'])
  })
})
