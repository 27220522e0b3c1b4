import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import type { HistoryRange, StockHistories } from '../../../../operator/application/gateway/stock-histories.ts'
import { type HistoryWorld, historyOperation } from '../../../../operator/application/gateway/stock-history.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { callWith, scriptedWorld, seenStock } from '../../../fixtures/gateway-world.ts'

const hourMs = 3_600_000
const known = { uid: 'u', product: 'grinder', sequence: 9, atMs: tenOClock - 5_000 }

function site(particular: Partial<HistoryWorld> = {}) {
  const asked: { find?: object; range?: HistoryRange } = {}
  const histories: StockHistories = {
    async find(stock) {
      asked.find = stock
      return stock.name === 'cup' ? known : undefined
    },
    async points(_, range) {
      asked.range = range
      return [{ atMs: range.fromMs, sequence: 3, quantity: 5, reserved: 2, confirmed: 1, available: 2 }]
    },
  }
  const world = scriptedWorld()
  world.seeStock(seenStock({ name: 'cup', uid: 'u' }))
  const logger = { debug: () => undefined }
  const ask = historyOperation({ ...world, histories, clock: { now: () => tenOClock }, logger, ...particular })
  const call = (parameters: object = {}) => ask(callWith({ parameters: { stockId: 'cup', ...parameters } }))
  const problem = async (parameters: object = {}) => {
    const thrown = await call(parameters).then(
      () => assert.fail('no problem'),
      (error: unknown) => error,
    )
    assert.ok(thrown instanceof Problem, String(thrown))
    return thrown
  }
  return { asked, call, problem }
}

describe('the history of a stock', () => {
  it('is that of the last day in about a hundred steps, where nothing else is asked for', async () => {
    const { asked, call } = site()
    const { status, body } = await call()
    assert.equal(status, 200)
    assert.deepEqual(asked.find, { namespace: 'shop', name: 'cup', uid: 'u' })
    assert.deepEqual(asked.range, { fromMs: tenOClock - 24 * hourMs, toMs: tenOClock, stepMs: 864_000 })
    assert.deepEqual(body, {
      ...{ stockId: 'cup', namespace: 'shop', uid: 'u', productId: 'grinder', stepSeconds: 864 },
      ...{ from: '2026-11-21T10:00:00.000Z', to: '2026-11-22T10:00:00.000Z' },
      upTo: { sequence: 9, at: '2026-11-22T09:59:55.000Z' },
      points: [{ at: '2026-11-21T10:00:00.000Z', sequence: 3, quantity: 5, reserved: 2, confirmed: 1, available: 2 }],
    })
  })

  it('is that of the range and the step that are asked for', async () => {
    const { asked, call } = site()
    await call({ from: '2026-11-01T00:00:00Z', to: '2026-11-02T01:00:00+01:00', step: '1h30m' })
    assert.deepEqual(asked.range, {
      ...{ fromMs: Date.UTC(2026, 10, 1), toMs: Date.UTC(2026, 10, 2), stepMs: 1.5 * hourMs },
    })
  })

  const wrong: readonly (readonly [parameters: object, pointer: string, detail: RegExp])[] = [
    [{ from: '2026-13-01T00:00:00Z' }, 'from', /no such day/],
    [{ to: '2026-02-01T25:00:00Z' }, 'to', /no such day/],
    [{ from: '2026-11-23T00:00:00Z' }, 'from', /after the end/],
    [{ from: '2001-01-01T00:00:00Z' }, 'from', /more than ten years/],
    [{ step: '0s' }, 'step', /at least 1s/],
    [{ step: '1m' }, 'step', /more than 1000 points/],
  ]
  for (const [parameters, pointer, detail] of wrong)
    it(`is not told by ${JSON.stringify(parameters)}, and what is wrong is named`, async () => {
      const { reason, facts } = await site().problem(parameters)
      assert.equal(reason, 'Invalid')
      assert.deepEqual(
        facts.errors?.map((mistake) => mistake.pointer),
        [pointer],
      )
      assert.match(facts.errors?.[0]?.detail ?? '', detail)
    })

  it('takes as many points as are told at most', async () => {
    const { call } = site()
    assert.equal((await call({ from: '2026-11-22T09:43:20Z', step: '1s' })).status, 200)
  })

  it('is there by its name where the stock is gone, and is not found where nobody knows it', async () => {
    const { asked, problem } = site()
    assert.equal((await problem({ stockId: 'kettle' })).reason, 'NotFound')
    assert.deepEqual(asked.find, { namespace: 'shop', name: 'kettle' })
  })

  it('is not found where none is kept, and says which setting names where', async () => {
    const world = scriptedWorld()
    const ask = historyOperation({ ...world, clock: { now: () => tenOClock }, logger: { debug: () => undefined } })
    await assert.rejects(ask(callWith({ parameters: { stockId: 'cup' } })), (error: Problem) => {
      assert.deepEqual([error.status, error.reason], [404, 'NotFound'])
      assert.match(error.message, /gateway\.historyDatabase/)
      return true
    })
  })

  it('is told to those who may read the stock, and to nobody before that is known', async () => {
    const forbidden = new Problem('Forbidden', { detail: 'no' })
    const { asked, problem } = site({ access: { may: () => Promise.reject(forbidden) } })
    assert.equal((await problem()).reason, 'Forbidden')
    assert.deepEqual(asked, {})
    assert.equal((await site({ blind: () => 'the watch has failed' }).problem()).reason, 'Stale')
    assert.equal((await site({ serves: () => false }).problem()).reason, 'NotFound')
  })

  it('is 503 without a word of the server while its database is away', async () => {
    const down = { find: () => Promise.reject(new Error('connect 10.0.0.7')), points: async () => [] }
    const { reason, status, facts } = await site({ histories: down }).problem()
    assert.deepEqual([status, reason, facts.retryAfterSeconds], [503, 'DatabaseAway', 5])
    assert.doesNotMatch(facts.detail, /10\.0/)
  })
})
