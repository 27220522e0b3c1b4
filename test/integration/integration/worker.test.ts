import assert from 'node:assert/strict'
import type { EventStock } from '../../../operator/domain/event/event.ts'
import { anEvent, aRecord, created, type SentMessage, stockNote } from '../../fixtures/integration-events.ts'
import { type IntegrationSite, integrationSite, type SiteOptions } from '../../fixtures/integration-site.ts'
import type { Behaviour, SeenCall } from '../../fixtures/other-side.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const stockOf = (index: number): EventStock => ({
  ...{ namespace: 'shop', name: `stock-${index}`, uid: `uid-${index}`, product: 'p' },
})
const rest = (stock: EventStock, count: number): SentMessage[] =>
  Array.from({ length: count }, (_, index) => anEvent({ sequence: index + 2 }, stock))

/** Of each stock, the sequences that had their effect, in the order in which they had it. */
function effectsOf(effects: readonly SeenCall[]): Map<string, number[]> {
  const all = new Map<string, number[]>()
  for (const { reference, sequence } of effects) all.set(reference, [...(all.get(reference) ?? []), sequence])
  return all
}

describe("the worker tells somebody else's API what stocks do", function () {
  this.timeout(180_000)
  let site: IntegrationSite
  afterEach(() => site?.end())
  const make = async (options?: SiteOptions) => {
    const { url: databaseUrl } = await testbed().ownPostgres()
    const { kubeconfigPath } = testbed()
    site = await integrationSite({ kubeconfigPath, brokers: await testbed().kafka(), databaseUrl }, options)
    return site
  }

  it('in the order of each stock, under their ids, and writes one row for each event', async () => {
    const { worker, send, untilRows, rows, side } = await make()
    const one = worker()
    await one.start()
    const adjusted = anEvent(stockNote({ verb: 'Adjust', sequence: 5 }), stockOf(1))
    await send([
      created({}, stockOf(1)),
      aRecord([{ sequence: 2 }, { sequence: 3, verb: 'Confirm' }, { sequence: 4, verb: 'Extend' }], stockOf(1)),
      adjusted,
      adjusted,
    ])
    await untilRows(4)
    const all = await rows()
    assert.deepEqual(
      all.map(({ status }) => status),
      ['PROCESSED', 'PROCESSED', 'PROCESSED', 'SKIPPED', 'PROCESSED'],
    )
    assert.equal(all[0]?.external_id, 'EXT-uid-1')
    assert.deepEqual(
      side.calls.map(({ method, path }) => `${method} ${path}`),
      [...['POST /stock-created', 'POST /stock-reserved', 'POST /stock-confirmed', 'PUT /stock-updated/EXT-uid-1']],
    )
    assert.equal((await one.health('/readyz')).status, 200)
    const text = await one.metrics()
    assert.match(text, /kbnt_integration_calls_total\{target="partner",result="201"\} 4/)
    assert.match(text, /kbnt_integration_breaker\{target="partner",state="closed"\} 1/)
    await one.stop()
  })

  it('one effect for each event, in order, though it fails in every way and loses answers', async () => {
    const { worker, send, untilRows, side } = await make()
    const ways: Behaviour[] = [
      ...[500, 502, 503, 401, 403, 408].map((status): Behaviour => ({ kind: 'answer', status })),
      { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
      ...(['lose', 'reset', 'hang'] as const).map((kind): Behaviour => ({ kind })),
      { kind: 'take', afterMs: 1_500 },
    ]
    let calls = 0
    side.behave = () => {
      calls += 1
      return calls % 7 === 0 ? (ways[(calls / 7) % ways.length] ?? { kind: 'take' }) : { kind: 'take' }
    }
    await worker().start()
    const stocks = Array.from({ length: 20 }, (_, index) => stockOf(index))
    await send(stocks.map((stock) => created({}, stock)))
    await send(stocks.flatMap((stock) => rest(stock, 9)))
    const rows = await untilRows(200, 'PROCESSED', 150_000)
    assert.equal(rows.length, 200)
    for (const [stock, sequences] of effectsOf(side.effects))
      assert.deepEqual(sequences, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], stock)
    assert.equal(side.effects.length, 200)
  })

  it('goes on with other stocks while one is refused; what follows a dead letter of it dies, and comes again in order', async () => {
    const { worker, send, untilRows, rows, side, deadLetters } = await make()
    let isRefused = true
    side.behave = ({ reference, sequence }) =>
      isRefused && reference === 'uid-1' && sequence === 2 ? { kind: 'answer', status: 422 } : { kind: 'take' }
    await worker().start()
    const both = [stockOf(1), stockOf(2)]
    await send(both.map((stock) => created({}, stock)))
    await send(both.flatMap((stock) => rest(stock, 4)))
    await untilRows(6)
    await untilRows(4, 'FAILED')
    assert.deepEqual(effectsOf(side.effects).get('uid-2'), [1, 2, 3, 4, 5])
    assert.deepEqual(effectsOf(side.effects).get('uid-1'), [1])
    const letters = await until('four dead letters', 30_000, async () => {
      const found = await deadLetters()
      return found.length === 4 ? found : undefined
    })
    const causes = letters.map(({ headers }) => headers['kbnt_error'])
    assert.deepEqual(causes.toSorted(), ['AfterDeadLetter', 'AfterDeadLetter', 'AfterDeadLetter', 'Http422'])
    isRefused = false
    await send(rest(stockOf(1), 4)) // as redriving does
    await untilRows(10)
    assert.deepEqual(effectsOf(side.effects).get('uid-1'), [1, 2, 3, 4, 5])
    assert.equal((await rows()).length, 10)
  })

  it('leaves it alone while it is away, and goes on when it is back', async () => {
    const { worker, send, untilRows, side } = await make()
    let isAway = true
    side.behave = () => (isAway ? { kind: 'answer', status: 503 } : { kind: 'take' })
    const one = worker()
    await one.start()
    await send(Array.from({ length: 30 }, (_, index) => created({}, stockOf(index))))
    await one.untilLogged(
      ({ message, state }) => message === 'the circuit breaker has changed' && state === 'open',
      30_000,
    )
    assert.equal((await one.health('/readyz')).status, 200) // a new process would meet the same
    isAway = false
    await untilRows(30)
    assert.equal(side.effects.length, 30)
    assert.match(await one.metrics(), /kbnt_integration_breaker\{target="partner",state="closed"\} 1/)
  })

  it('loses nothing and has no effect twice when workers are killed under load', async () => {
    const { worker, send, untilRows, rows, side } = await make()
    side.behave = () => ({ kind: 'take', afterMs: 5 })
    const [one, two] = [worker(), worker()]
    await Promise.all([one.start(), two.start()])
    const stocks = Array.from({ length: 60 }, (_, index) => stockOf(index))
    await send(stocks.map((stock) => created({}, stock)))
    for (let round = 0; round < 4; round += 1)
      await send(stocks.flatMap((stock) => rest(stock, 40).slice(round * 10, round * 10 + 10)))
    await untilRows(200)
    await one.kill()
    await worker().start()
    await untilRows(900)
    await two.kill()
    await worker().start()
    await untilRows(60 * 41, 'PROCESSED', 120_000)
    assert.equal((await rows()).length, 60 * 41)
    assert.equal(side.effects.length, 60 * 41)
    const wanted = Array.from({ length: 41 }, (_, index) => index + 1)
    for (const [stock, sequences] of effectsOf(side.effects)) assert.deepEqual(sequences, wanted, stock)
  })

  it('makes no second POST to a side without keys: what nobody knows of is left to people', async () => {
    const { worker, send, untilRows, side } = await make({ target: { idempotency: 'none' } })
    side.behave = ({ sequence }) => (sequence === 2 ? { kind: 'lose' } : { kind: 'take' })
    await worker().start()
    await send([created({}, stockOf(1)), ...rest(stockOf(1), 3)])
    await untilRows(3)
    const [doubtful] = await untilRows(1, 'NEEDS_ATTENTION')
    assert.equal(doubtful?.event_id, 'uid-1-2')
    assert.equal(side.calls.length, 4)
  })
})
