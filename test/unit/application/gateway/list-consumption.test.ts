import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import {
  type ConsumptionWorld,
  consumptionOperation,
} from '../../../../operator/application/gateway/list-consumption.ts'
import type { SeenStock } from '../../../../operator/application/gateway/objects.ts'
import { cursorOf } from '../../../../operator/application/gateway/pages.ts'
import type { ToldEvent, ToldEvents } from '../../../../operator/application/gateway/told-events.ts'
import { callWith, scriptedWorld } from '../../../fixtures/gateway-world.ts'

const anEvent = (sequence: number, more: Partial<ToldEvent> = {}): ToldEvent => ({
  ...{ eventId: `e ${sequence}`, target: 'partner', eventType: 'stock.created', namespace: 'shop', stock: 'cup' },
  ...{ sequence, status: 'PROCESSED', attempts: 0, topic: 't', partition: 0, offset: sequence },
  ...{ firstAt: '2026-11-30T08:00:00.000001Z', at: '2026-11-30T08:00:01.000000Z' },
  ...more,
})

function site(particular: Partial<ConsumptionWorld> = {}, events: readonly ToldEvent[] = [anEvent(2), anEvent(1)]) {
  const asked: unknown[][] = []
  const reviewed: unknown[] = []
  const told: ToldEvents = {
    async ofStock(...given) {
      asked.push(['ofStock', ...given])
      return events
    },
    async unsettled(...given) {
      asked.push(['unsettled', ...given])
      return events
    },
  }
  const access: ConsumptionWorld['access'] = { may: async (_, what) => void reviewed.push(what) }
  const ask = consumptionOperation({
    ...scriptedWorld(),
    access,
    told,
    logger: { debug: () => undefined },
    ...particular,
  })
  const call = async (parameters: object = {}) => {
    const { status, body } = await ask(callWith({ parameters: { limit: 100, ...parameters } }))
    assert.equal(status, 200)
    return body as { items: object[]; next?: string }
  }
  const problem = (parameters: object = {}) =>
    call(parameters).then(
      () => assert.fail('no problem'),
      (error: unknown) => (error instanceof Problem ? error : assert.fail(String(error))),
    )
  return { asked, reviewed, call, problem }
}

describe('what became of events', () => {
  it('is told of a stock to those who may read it', async () => {
    const { asked, reviewed, call } = site()
    const { items, next } = await call({ stock: 'cup', status: 'PROCESSED', target: 'partner' })
    assert.deepEqual(reviewed, [{ verb: 'get', resource: 'virtualstocks', namespace: 'shop', name: 'cup' }])
    const filter = { namespace: 'shop', stock: 'cup', status: 'PROCESSED', target: 'partner' }
    assert.deepEqual(asked, [['ofStock', filter, { limit: 101 }]])
    assert.deepEqual(items[0], {
      ...{ eventId: 'e 2', target: 'partner', eventType: 'stock.created', namespace: 'shop', stockId: 'cup' },
      ...{ sequence: 2, status: 'PROCESSED', attempts: 0, topic: 't', partition: 0, offset: 2 },
      ...{ firstAt: '2026-11-30T08:00:00.000001Z', at: '2026-11-30T08:00:01.000000Z' },
    })
    assert.equal(next, undefined)
  })

  it('is told of a namespace, where nobody has settled it, to those who may list its stocks', async () => {
    const { asked, reviewed, call } = site()
    await call({ status: 'FAILED' })
    await call()
    assert.deepEqual(reviewed[0], { verb: 'list', resource: 'virtualstocks', namespace: 'shop' })
    assert.deepEqual(asked, [
      ['unsettled', { namespace: 'shop', status: 'FAILED' }, { limit: 101 }],
      ['unsettled', { namespace: 'shop' }, { limit: 101 }],
    ])
  })

  it('is told of the stock that is there now, and not of one that had its name before', async () => {
    const stocks = { ...scriptedWorld().stocks, get: () => ({ uid: 'uid-now' }) as SeenStock }
    const { asked, call } = site({ stocks })
    await call({ stock: 'cup' })
    await call()
    assert.deepEqual(asked, [
      ['ofStock', { namespace: 'shop', stock: 'cup', stockUid: 'uid-now' }, { limit: 101 }],
      ['unsettled', { namespace: 'shop' }, { limit: 101 }],
    ])
  })

  it('is not told of a stock while it is not known which one is there', async () => {
    const { asked, problem } = site({ blind: () => 'the watch is behind' })
    assert.equal((await problem({ stock: 'cup' })).reason, 'Stale')
    assert.deepEqual(asked, [])
  })

  it('goes on behind the last one of a page', async () => {
    const odd = anEvent(2, { eventId: 'é 1', target: 'a b' })
    const { asked, call } = site({}, [odd, anEvent(1)])
    const first = await call({ stock: 'cup', limit: 1 })
    assert.deepEqual(first.items.length, 1)
    await call({ stock: 'cup', limit: 1, cursor: first.next })
    assert.deepEqual(asked[1]?.[2], { limit: 2, after: { sequence: 2, eventId: 'é 1', target: 'a b' } })
    const { next } = await call({ limit: 1 })
    await call({ limit: 1, cursor: next })
    assert.deepEqual(asked[3]?.[2], {
      limit: 2,
      after: { firstAt: '2026-11-30T08:00:00.000001Z', eventId: 'é 1', target: 'a b' },
    })
  })

  for (const status of ['PROCESSED', 'SKIPPED'])
    it(`needs a stock where it is asked for what is ${status}`, async () => {
      const { reason, facts } = await site().problem({ status })
      assert.equal(reason, 'Invalid')
      assert.deepEqual(
        facts.errors?.map(({ pointer }) => pointer),
        ['stock'],
      )
    })

  const ofTime = cursorOf('4', '2026-11-30T08:00:00.000001Z', 'e', 'partner')
  const cursors: readonly (readonly [cursor: string, parameters: object])[] = [
    ['%', { stock: 'cup' }],
    [cursorOf('1', 'cup'), { stock: 'cup' }],
    [ofTime, { stock: 'cup' }],
    [cursorOf('3', '-1', 'e', 'partner'), { stock: 'cup' }],
    [cursorOf('3', '9007199254740993', 'e', 'partner'), { stock: 'cup' }],
    [cursorOf('3', '1', '%', 'partner'), { stock: 'cup' }],
    [cursorOf('3', '1', '%00', 'partner'), { stock: 'cup' }],
    [cursorOf('3', '1', 'e'), { stock: 'cup' }],
    [cursorOf('3', '1', 'e', 'partner'), {}],
    [cursorOf('4', 'now', 'e', 'partner'), {}],
    [cursorOf('4', '2026-13-30T08:00:00.000001Z', 'e', 'partner'), {}],
  ]
  for (const [cursor, parameters] of cursors)
    it(`does not go on at ${cursor} with ${JSON.stringify(parameters)}, which no answer has given`, async () => {
      const { asked, problem } = site()
      const { reason, facts } = await problem({ ...parameters, cursor })
      assert.deepEqual([reason, facts.errors?.[0]?.pointer, asked.length], ['Invalid', 'cursor', 0])
    })

  it('is told to nobody before it is known that they may see it', async () => {
    const forbidden = new Problem('Forbidden', { detail: 'no' })
    const { asked, problem } = site({ access: { may: () => Promise.reject(forbidden) } })
    assert.equal((await problem({ stock: 'cup' })).reason, 'Forbidden')
    assert.deepEqual(asked, [])
    assert.equal((await site({ serves: () => false }).problem()).reason, 'NotFound')
  })

  it('is not found where none is kept, and says which setting names where', async () => {
    const world = scriptedWorld()
    const ask = consumptionOperation({ ...world, logger: { debug: () => undefined } })
    await assert.rejects(ask(callWith({ parameters: { limit: 1 } })), (error: Problem) => {
      assert.deepEqual([error.status, error.reason], [404, 'NotFound'])
      assert.match(error.message, /gateway\.consumptionDatabase/)
      return true
    })
  })

  it('is 503 without a word of the server while its database is away', async () => {
    const away = () => Promise.reject(new Error('connect 10.0.0.7'))
    const { reason, status, facts } = await site({ told: { ofStock: away, unsettled: away } }).problem()
    assert.deepEqual([status, reason, facts.retryAfterSeconds], [503, 'DatabaseAway', 5])
    assert.doesNotMatch(facts.detail, /10\.0/)
  })
})
