import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import type { Call } from '../../../../operator/application/gateway/call.ts'
import type { ReservationResult } from '../../../../operator/application/gateway/generated/contract.ts'
import { gatewayOperations } from '../../../../operator/application/gateway/operations.ts'
import { firstKnown } from '../../../../operator/application/gateway/rows/first-known.ts'
import { ClocksDisagree, LedgerAway, LedgerBusy } from '../../../../operator/application/rows/order.ts'
import { callWith, namespace, seenReservation, seenStock } from '../../../fixtures/gateway-world.ts'
import { type RowWorld, rowWorld } from '../../../fixtures/row-world.ts'

describe('Orders at the gateway of stocks whose books are rows', () => {
  let site: RowWorld
  beforeEach(() => {
    site = rowWorld()
  })

  const does = (operation: string, parts: Partial<Call> = {}) =>
    gatewayOperations(site.world)[operation]!(callWith(parts))
  const reserve = (stockId: string, key?: string, more: object = {}) =>
    does('reserveStock', {
      body: { quantityToReserve: 1, ...more },
      parameters: { stockId, ...(key !== undefined && { 'Idempotency-Key': key }) },
    })
  const outcome = (answer: Promise<{ readonly status: number; readonly body: object }>) =>
    answer.then(
      ({ status, body }) => `${status} ${(body as { phase?: string }).phase}`,
      (error: unknown) => {
        assert.ok(error instanceof Problem, String(error))
        return `${error.status} ${error.reason}`
      },
    )

  it('are decided without any operator, and nothing is written into the cluster', async () => {
    await site.stock('cup')
    Object.assign(site.world, { untilLed: async () => 'nobody leads' })
    assert.equal(await outcome(reserve('cup')), '200 Reserved')
    assert.deepEqual(site.world.asked, [])
    assert.deepEqual(site.told, ['reserve reserved'])
  })

  it('are not decided of a stock that is going, that is not known well enough, or whose events wait; what was done stands', async () => {
    const uid = await site.stock('cup')
    assert.equal(await outcome(reserve('cup', 'before')), '200 Reserved')
    const hindrances: Record<string, [() => void, () => void]> = {
      '409 StockTerminating': [
        () => site.world.seeStock(seenStock({ name: 'cup', uid, ledger: { database: 'default' }, deleting: true })),
        () => site.world.seeStock(seenStock({ name: 'cup', uid, ledger: { database: 'default' } })),
      ],
      '503 Stale': [
        () => Object.assign(site.world, { blind: () => 'the watch has failed' }),
        () => Object.assign(site.world, { blind: () => undefined }),
      ],
      '409 NamespaceFull': [() => site.full.add(namespace), () => site.full.clear()],
      '503 EventsBehind': [() => site.behind.add(uid), () => site.behind.clear()],
    }
    for (const [want, [begins, ends]] of Object.entries(hindrances)) {
      begins()
      assert.equal(await outcome(reserve('cup', `during ${want}`)), want)
      const again = await reserve('cup', 'before')
      assert.deepEqual([again.status, again.headers], [200, { 'Idempotent-Replayed': 'true' }], want)
      assert.equal(await outcome(reserve('cup', 'before', { quantityToReserve: 2 })), '422 KeyReused')
      ends()
      assert.equal(await outcome(reserve('cup', `during ${want}`)), '200 Reserved', 'nothing was done before')
    }
    const [hold] = site.rows.rows().claims
    site.behind.add(uid)
    site.full.add(namespace)
    const confirmed = does('confirmReservation', { parameters: { reservationId: hold?.about.name ?? '' } })
    assert.equal(await outcome(confirmed), '200 Confirmed', 'of what is held')
  })

  it('are not taken of a row that knows less than what was shown of it: it was set back', async () => {
    const uid = await site.stock('cup')
    const shows = (sequence: number) => {
      const seen = seenStock({ name: 'cup', uid, ledger: { database: 'default' } })
      site.world.seeStock({ ...seen, shown: { ...seen.shown, sequence } })
    }
    shows(1)
    assert.equal(await outcome(reserve('cup')), '200 Reserved')
    shows(1_000)
    assert.equal(await outcome(reserve('cup', 'second')), '503 StockBusy')
    shows(1)
    assert.equal(await outcome(reserve('cup', 'third')), '503 StockBusy', 'until somebody has accepted its books')
  })

  it('tell nobody who may not order where the books of a stock are', async () => {
    await site.stock('cup')
    site.world.seeStock(seenStock({ name: 'plate' }))
    const forbidden = async () => {
      throw new Problem('Forbidden', { detail: 'no' })
    }
    const may = { ...site.world.access }
    Object.assign(site.world, { access: { ...may, may: forbidden } })
    const items = [
      { stockId: 'cup', quantity: 1 },
      { stockId: 'plate', quantity: 1 },
    ]
    assert.equal(await outcome(does('createReservation', { body: { items } })), '403 Forbidden')
    assert.equal(await outcome(reserve('cup', undefined, { waitFor: '1m' })), '403 Forbidden')
    Object.assign(site.world, { access: may })
    assert.equal(await outcome(does('createReservation', { body: { items } })), '422 LedgersDiffer')
    assert.equal(await outcome(reserve('cup', undefined, { waitFor: '1m' })), '422 NoWaitlist')
  })

  it('are another matter than an object that the same key has made', async () => {
    await site.stock('cup')
    const { body } = await reserve('cup', 'key')
    site.world.see(seenReservation({ name: (body as { reservationId: string }).reservationId, phase: 'Reserved' }))
    assert.equal(await outcome(reserve('cup', 'key')), '422 KeyReused')
  })

  it('are told when nothing was done, and why', async () => {
    await site.stock('cup')
    await site.stock('plate', {}, 'unheard-of')
    assert.equal(await outcome(reserve('plate')), '503 DatabaseAway')
    for (const [trouble, want] of [
      [new ClocksDisagree('it says 10:00, and we say 10:01'), '503 ClockSkew'],
      [new LedgerAway('connect ECONNREFUSED 10.0.0.7:5432'), '503 DatabaseAway'],
      [new LedgerBusy('4096 wait'), '503 Overloaded'],
    ] as const) {
      site.trouble = trouble
      const problem = await reserve('cup').catch((error: Problem) => error)
      assert.equal(await outcome(reserve('cup')), want)
      assert.doesNotMatch((problem as Problem).message, /10\.0\.0\.7/)
    }
    site.trouble = new Error('a fault of ours')
    await assert.rejects(reserve('cup'), /a fault of ours/)
    site.trouble = undefined
    await site.rows.halt((await site.rows.rows()).stocks[0]?.uid ?? '')
    assert.equal(await outcome(reserve('cup')), '503 StockBusy')
    await site.stock('new')
    site.world.seeStock(seenStock({ name: 'new', uid: randomUUID(), ledger: { database: 'default' } }))
    assert.equal(await outcome(reserve('new')), '503 StockBusy', 'not opened yet')
  })

  it('of nobody who may not create reservations there change anything', async () => {
    await site.stock('cup')
    const asked: string[] = []
    const may = async (_: unknown, { verb }: { readonly verb: string }) => {
      asked.push(verb)
      if (verb === 'create' || verb === 'patch') throw new Problem('Forbidden', { detail: 'no' })
    }
    Object.assign(site.world, { access: { may } })
    assert.equal(await outcome(reserve('cup')), '403 Forbidden')
    assert.equal(await outcome(does('confirmReservation', { parameters: { reservationId: 'r-1' } })), '403 Forbidden')
    assert.deepEqual([asked, site.rows.rows().claims], [['create', 'get', 'patch'], []])
  })

  it('are asked of the cluster where no database knows them, and are nowhere only where all have said so', async () => {
    const confirm = () => does('confirmReservation', { parameters: { reservationId: 'r-1' } })
    site.world.answers.push({ kind: 'stored', object: seenReservation({ name: 'r-1', phase: 'Confirmed' }) })
    assert.equal(await outcome(confirm()), '200 Confirmed')
    site.world.answers.push({ kind: 'gone', reason: 'none' })
    assert.equal(await outcome(confirm()), '404 NotFound')
    site.trouble = new LedgerAway('away')
    site.world.answers.push({ kind: 'gone', reason: 'none' })
    assert.equal(await outcome(confirm()), '503 DatabaseAway')
    const get = () => does('getReservation', { parameters: { reservationId: 'r-1' } })
    assert.equal(await outcome(get()), '503 DatabaseAway')
    site.trouble = undefined
    assert.equal(await outcome(get()), '404 NotFound')
  })

  it('come by the hundred, and each is answered in its place', async () => {
    await site.stock('cup', { quantity: 3 })
    site.world.seeStock(seenStock({ name: 'plate' }))
    const charged: number[] = []
    const order = (idempotencyKey: string, stockId = 'cup', quantity = 1) => ({
      ...{ idempotencyKey, items: [{ stockId, quantity }] },
    })
    const orders = [order('a'), order('b', 'cup', 9), order('c', 'plate'), order('a'), order('d', 'none'), order('e')]
    const batch = () => does('createReservations', { body: { orders }, countsAsWrites: (more) => charged.push(more) })
    const { body } = await batch()
    const { results } = body as { results: ReservationResult[] }
    assert.deepEqual(
      results.map(({ idempotencyKey, status, reservation, problem, replayed = false }) => [
        ...[idempotencyKey, status, reservation?.phase ?? problem?.reason, replayed],
      ]),
      [
        ['a', 201, 'Reserved', false],
        ['b', 409, 'NeverFits', false],
        ['c', 422, 'Unprocessable', false],
        ['a', 201, 'Reserved', true],
        ['d', 404, 'StockNotFound', false],
        ['e', 201, 'Reserved', false],
      ],
    )
    assert.deepEqual(charged, [5])
    assert.equal(site.rows.rows().claims.length, 2)
    const lines = Array.from({ length: 16 }, () => ({ stockId: 'cup', quantity: 1 }))
    const tooMany = Array.from({ length: 126 }, (_, index) => ({ idempotencyKey: `${index}`, items: lines }))
    assert.equal(await outcome(does('createReservations', { body: { orders: tooMany } })), '400 Invalid')
  })

  it('wait for no database that is away, once another one knows the answer', async () => {
    const [away, knows] = [{ name: 'away' }, { name: 'knows' }] as never[]
    const hangs = new Promise<string>(() => {})
    const { known } = await firstKnown([away!, knows!], ({ name }) => (name === 'away' ? hangs : Promise.resolve('it')))
    assert.equal(known, 'it')
  })

  it('of one name have one uid, a proper one, and another in another namespace', async () => {
    await site.stock('cup')
    await reserve('cup', 'one')
    await does('reserveStock', {
      body: { quantityToReserve: 1 },
      parameters: { stockId: 'cup', 'Idempotency-Key': 'two' },
    })
    const uids = site.rows.rows().claims.map(({ claim }) => claim.uid)
    assert.equal(new Set(uids).size, 2)
    for (const uid of uids) assert.match(uid, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.ok(namespace)
  })
})
