import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import type { Call } from '../../../../operator/application/gateway/call.ts'
import type { Reservation } from '../../../../operator/application/gateway/generated/contract.ts'
import { gatewayOperations } from '../../../../operator/application/gateway/operations.ts'
import { LedgerAway } from '../../../../operator/application/rows/order.ts'
import { callWith, namespace, seenReservation } from '../../../fixtures/gateway-world.ts'
import { type RowWorld, rowWorld } from '../../../fixtures/row-world.ts'

interface ListBody {
  readonly items: readonly Reservation[]
  readonly next?: string
}

describe('Lists of reservations at the gateway, where there are databases', () => {
  let site: RowWorld
  beforeEach(async () => {
    site = rowWorld()
    await site.stock('cup', { quantity: 100 })
  })

  /** What the API server has, in the order of their names. */
  function objectsAre(...names: readonly string[]): void {
    const page: RowWorld['world']['reservations']['page'] = (_, __, { after, limit }) => {
      const left = names.filter((name) => name > after)
      return { items: left.slice(0, limit).map((name) => seenReservation({ name }).shown), more: left.length > limit }
    }
    Object.assign(site.world, { reservations: { ...site.world.reservations, page } })
  }

  async function rowsAre(count: number): Promise<string[]> {
    const operations = gatewayOperations(site.world)
    const reserve = (key: number) =>
      operations['reserveStock']!(
        callWith({ body: { quantityToReserve: 1 }, parameters: { stockId: 'cup', 'Idempotency-Key': `k-${key}` } }),
      )
    const answers = await Promise.all(Array.from({ length: count }, (_, key) => reserve(key)))
    return answers.map(({ body }) => (body as Reservation).reservationId)
  }

  const list = async (parameters: Call['parameters'] = {}, caller: Partial<Call> = {}): Promise<ListBody> => {
    const call = callWith({ ...caller, parameters: { limit: 4, ...parameters } })
    return (await gatewayOperations(site.world)['listReservations']!(call)).body as ListBody
  }
  const names = ({ items }: ListBody) => items.map(({ reservationId }) => reservationId)

  async function allOf(parameters: Call['parameters'] = {}): Promise<string[][]> {
    const pages: string[][] = []
    for (let cursor: string | undefined = '', body: ListBody; cursor !== undefined; cursor = body.next) {
      body = await list({ ...parameters, ...(cursor !== '' && { cursor }) })
      pages.push(names(body))
    }
    return pages
  }

  it('have objects first, by name, and then every row once, by one kind of cursor', async () => {
    objectsAre('a', 'b', 'c', 'd', 'e', 'f')
    const rows = await rowsAre(7)
    const pages = await allOf()
    assert.deepEqual(pages.slice(0, 1), [['a', 'b', 'c', 'd']])
    const [e, f, ...others] = pages.slice(1).flat()
    assert.deepEqual([e, f], ['e', 'f'])
    assert.deepEqual(others.toSorted(), rows.toSorted())
    const { items } = await list({ cursor: (await list()).next ?? '' })
    assert.deepEqual(
      items.map(({ ledger }) => ledger?.database),
      [undefined, undefined, 'default', 'default'],
    )
  })

  it('go on behind a page that the objects have filled to its end', async () => {
    objectsAre('a', 'b', 'c', 'd')
    const rows = await rowsAre(1)
    assert.deepEqual(await allOf(), [['a', 'b', 'c', 'd'], rows])
  })

  it('go on behind a page that has nothing of what is asked for', async () => {
    objectsAre()
    await rowsAre(5)
    const pages = await allOf({ phase: 'Confirmed' })
    assert.deepEqual(pages.flat(), [])
    assert.ok(pages.length > 1)
  })

  it('ask no database for what it never has', async () => {
    objectsAre('a')
    site.trouble = new LedgerAway('away')
    for (const phase of ['Pending', 'Waiting']) assert.deepEqual(await allOf({ phase }), [['a']])
  })

  it('are never silent about a database that is away, and tell what is there', async () => {
    objectsAre('a')
    const rows = await rowsAre(2)
    site.trouble = new LedgerAway('away')
    const first = await list()
    assert.deepEqual(names(first), ['a'])
    assert.ok(first.next, 'more follows')
    await assert.rejects(list({ cursor: first.next }), { status: 503, reason: 'DatabaseAway' })
    site.trouble = undefined
    assert.deepEqual(names(await list({ cursor: first.next })).toSorted(), rows.toSorted())
    objectsAre()
    site.trouble = new LedgerAway('away')
    await assert.rejects(list(), { status: 503, reason: 'DatabaseAway' })
    site.trouble = new Error('a fault of ours')
    await assert.rejects(list(), /a fault of ours/)
  })

  it('are for those who may list reservations, on every page', async () => {
    objectsAre()
    await rowsAre(6)
    const { next = '' } = await list()
    const asked: unknown[] = []
    const may = async (_: unknown, right: unknown) => {
      asked.push(right)
      throw new Problem('Forbidden', { detail: 'no' })
    }
    Object.assign(site.world, { access: { may } })
    await assert.rejects(list({ cursor: next }), { status: 403 })
    assert.deepEqual(asked, [{ verb: 'list', resource: 'reservations', namespace }])
  })

  it('take no cursor that no list gave', async () => {
    objectsAre('a')
    const cursors = ['2 unheard-of ', '2 default 7', "2 default '; DROP TABLE kbnt.claim", '2', '3 a', '1 '].map(btoa)
    for (const cursor of [...cursors, '%%%']) await assert.rejects(list({ cursor }), { status: 400 }, cursor)
  })

  it('have nothing of another namespace, wherever their cursor is from', async () => {
    objectsAre()
    await rowsAre(6)
    const { next = '' } = await list()
    for (const cursor of [next, btoa('2 default 00000000-0000-8000-8000-000000000000')]) {
      const { items } = await list({ namespace: 'other', cursor })
      assert.deepEqual(items, [])
    }
  })
})
