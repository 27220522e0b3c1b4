import assert from 'node:assert/strict'
import { listen } from '../../fixtures/event-listener.ts'
import { type RowSite, rowSite } from '../../fixtures/row-site.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'row-readers'
/** That a namespace may have. */
const MOST = 12

interface Listed {
  readonly reservationId: string
  readonly phase: string
  readonly ledger?: { readonly database: string }
}

describe('what is kept in PostgreSQL, as readers of the gateway see it', function () {
  this.timeout(60_000)
  let site: RowSite
  let shop: string

  before(async function () {
    this.timeout(120_000)
    const gateway = { writesPerSecond: 100_000, requestsPerSecond: 100_000 }
    site = await rowSite(namespace, { gateway }, { maxLiveReservations: MOST })
    shop = await site.tokenOf('shop', ['get', 'list', 'watch', 'create', 'patch', 'actfor'])
    await site.rowStock('ticket', { quantity: 100 })
    const cup = await site.gateway.call('POST', '/virtual-stock/stocks', {
      token: shop,
      body: { stockId: 'cup', productId: 'cup', quantity: 10 },
    })
    assert.equal(cup.status, 201)
  })
  after(() => site?.dispose())

  const reserve = (stock: string, body: object = {}) =>
    site.gateway.call('POST', `/virtual-stock/stocks/${stock}/reserve`, {
      token: shop,
      body: { quantityToReserve: 1, ...body },
    })

  /** Until there is no more, or the page of a database that is away. */
  async function listOf(query: string): Promise<{ pages: Listed[][]; end: string }> {
    const pages: Listed[][] = []
    for (let cursor = ''; ; ) {
      const path = `/reservations?limit=3${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`
      const { status, body } = await site.gateway.call('GET', path, { token: shop })
      if (status !== 200) return { pages, end: `${status} ${body.reason}` }
      pages.push(body.items)
      if (body.next === undefined) return { pages, end: 'all' }
      cursor = body.next
    }
  }

  it('is listed behind the objects, by the same filters, and who pages to a database that is away hears so', async () => {
    for (let times = 0; times < 2; times += 1) assert.equal((await reserve('cup', { consumer: 'ana' })).status, 200)
    const rows: string[] = []
    for (let times = 0; times < 5; times += 1) rows.push((await reserve('ticket')).body.reservationId)
    const mine = (await reserve('ticket', { consumer: 'ana' })).body.reservationId
    await site.gateway.call('POST', `/reservations/${rows[0]}/release`, { token: shop })

    const { pages, end } = await listOf('')
    assert.equal(end, '503 DatabaseAway', 'the database named other')
    const all = pages.flat()
    assert.deepEqual(
      all.map(({ ledger }) => ledger?.database),
      [undefined, undefined, ...Array.from({ length: 6 }, () => 'default')],
    )
    const listed = all.slice(2).map(({ reservationId }) => reservationId)
    assert.deepEqual(listed.toSorted(), [...rows, mine].toSorted())
    const [row] = all.slice(2)
    const { body: alone } = await site.gateway.call('GET', `/reservations/${row?.reservationId}`, { token: shop })
    assert.deepEqual(row, alone)

    const ids = async (query: string) => (await listOf(query)).pages.flat().map(({ reservationId }) => reservationId)
    assert.equal((await ids('&consumer=ana')).length, 3)
    assert.deepEqual(await ids('&consumer=ana&stock=ticket'), [mine])
    assert.deepEqual(await ids('&phase=Released'), [rows[0]])
  })

  it('is streamed as the operator mirrors it: the balances of a stock follow its orders', async () => {
    await site.rowStock('seat', { quantity: 5 })
    const listener = await listen(`${site.gateway.url()}/stream?kinds=stocks`, { authorization: `Bearer ${shop}` })
    try {
      await listener.hear('list', ({ event }) => event === 'listed')
      const held = await reserve('seat', { quantityToReserve: 2, confirm: false })
      assert.equal(held.body.remaining, 3)
      const told = await listener.hear(
        'balances after the order',
        ({ event, data }) => event === 'changed' && data.object.stockId === 'seat' && data.object.available === 3,
      )
      assert.deepEqual([told.data.object.reserved, told.data.object.sequence >= held.body.remainingAsOf], [2, true])
      await site.gateway.call('POST', `/reservations/${held.body.reservationId}/release`, { token: shop })
      await listener.hear('balances as before', ({ data }) => {
        const { stockId, available, sequence } = data.object ?? {}
        return stockId === 'seat' && available === 5 && sequence > told.data.object.sequence
      })
    } finally {
      listener.hangUp()
    }
  })

  it('is no more than a namespace may have, within a second or so; what it has can be given back, and makes room', async () => {
    await site.rowStock('bulk', { quantity: 1_000 })
    const isFull = () =>
      until('full', 20_000, async () => {
        const { status, body } = await reserve('bulk')
        if (status === 200) return undefined
        assert.deepEqual([status, body.reason], [409, 'NamespaceFull'])
        assert.match(body.detail, /namespace row-readers has the 12 live reservations that it may have/)
        return true
      })
    await isFull()
    const warned = site.gateway
      .logs()
      .filter(({ message }) => message === 'a namespace has all the live reservations that it may have')
    assert.deepEqual(
      warned.map(({ namespace: which, most }) => [which, most]),
      [[namespace, MOST]],
    )
    const { pages } = await listOf('&stock=bulk')
    const held = pages.flat().map(({ reservationId }) => reservationId)
    for (const id of held) {
      const { status } = await site.gateway.call('POST', `/reservations/${id}/release`, { token: shop })
      assert.equal(status, 200)
    }
    await until('room', 20_000, async () => (await reserve('bulk')).status === 200 || undefined)
  })

  it('is listed as far as it can be while its database is away, and in full when it is back', async () => {
    await site.postgres.kill()
    const away = await listOf('')
    assert.deepEqual([away.pages.flat().length, away.end], [2, '503 DatabaseAway'], 'the objects')
    await site.postgres.start()
    await until('the whole list', 30_000, async () => (await listOf('')).pages.flat().length > 8 || undefined)
  })
})
