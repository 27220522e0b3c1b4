import assert from 'node:assert/strict'
import type { Posted, PostedAlert } from '../../../../operator/application/alerts/alert-receiver.ts'
import { levelAlerts } from '../../../../operator/application/alerts/level-alerts.ts'
import type { FlowMessage } from '../../../../operator/application/flow/flow.ts'
import type { Logger } from '../../../../operator/application/logger.ts'
import type { Level } from '../../../../operator/domain/stock/level.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet, enabled: () => false }
const startMs = Date.UTC(2026, 10, 22, 10)
const at = new Date(startMs).toISOString()
const signal = new AbortController().signal
const partition = { topic: 'critical-stock-events', partition: 0 }

function aMessage(level: Level | 'deleted', sequence: number, uid = 'u'): FlowMessage {
  const type = level === 'deleted' ? 'deleted' : 'level_changed'
  const data = {
    ...{ timestamp: at, stock: { namespace: 'shop', name: 'grinder', uid, product: 'p' }, sequence },
    ...{ balances: { available: 3, quantity: 20 }, level: level === 'deleted' ? 'Low' : level },
  }
  return {
    ...partition,
    ...{ offset: BigInt(sequence), key: 'shop/grinder', timestampMs: startMs },
    value: Buffer.from(JSON.stringify(data)),
    headers: { ce_type: `io.kbnt.stock.${type}.v1`, ce_source: '/kbnt.io/east/shop/virtualstocks/grinder' },
  }
}

function site() {
  const clock = fakeClock(startMs)
  const state = { member: true, answers: {} as Record<string, Posted>, gate: Promise.resolve() }
  const posts: [receiver: string, level: string | undefined, forMs: number][] = []
  const receivers = ['one', 'two'].map((name) => ({
    name,
    async post(alerts: readonly PostedAlert[]): Promise<Posted> {
      await state.gate
      const answer = state.answers[name] ?? { kind: 'taken' }
      if (answer.kind === 'taken')
        for (const { labels, endsAt } of alerts) posts.push([name, labels['level'], Date.parse(endsAt) - clock.now()])
      return answer
    },
  }))
  const flow = levelAlerts({
    ...{ clock, logger: quiet, receivers, repeatMs: 60_000, isMember: () => state.member, onPost: () => undefined },
  })
  flow.memory?.begin([partition])
  flow.memory?.recalled(partition)
  const handle = (...given: Parameters<typeof aMessage>) => flow.handle(aMessage(...given), signal)
  return { flow, clock, state, posts, handle }
}

const away: Posted = { kind: 'away', cause: 'NoAnswer', reason: 'connection refused' }

describe('the flow alerts', () => {
  it('posts a level to every Alertmanager, for four times as long as it takes to repeat it', async () => {
    const { handle, posts } = site()
    assert.deepEqual(await handle('Low', 5), { kind: 'done' })
    assert.deepEqual(posts, [
      ['one', 'Low', 240_000],
      ['two', 'Low', 240_000],
    ])
  })

  it('ends one level when another begins, and the last one when the stock is Normal or deleted', async () => {
    for (const end of ['Normal', 'deleted'] as const) {
      const { handle, posts, flow } = site()
      await handle('Low', 5)
      posts.length = 0
      await handle('Critical', 6)
      await handle(end, 7)
      assert.deepEqual(
        posts.filter(([receiver]) => receiver === 'one').map(([, level, forMs]) => [level, forMs]),
        [
          ['Low', 0],
          ['Critical', 240_000],
          ['Critical', 0],
        ],
      )
      assert.equal(flow.open, 0)
    }
  })

  it('drops what is older than what it knows, also of a stock that is Normal again or deleted', async () => {
    for (const last of ['Exhausted', 'Normal', 'deleted'] as const) {
      const { handle, posts } = site()
      await handle(last, 9)
      posts.length = 0
      await handle('Low', 9)
      await handle('Low', 8)
      assert.equal(posts.length, 0)
    }
  })

  it('takes a stock of the same name for another one when it was created again', async () => {
    const { handle, flow } = site()
    await handle('Low', 9)
    await handle('deleted', 10)
    await handle('Critical', 2, 'another')
    assert.equal(flow.open, 1)
  })

  it('posts what is open again every minute, while its partitions are its own', async () => {
    const { handle, posts, clock, flow, state } = site()
    await handle('Low', 5)
    flow.start()
    posts.length = 0
    await clock.advance(180_000)
    assert.equal(posts.length, 6)
    state.member = false
    await clock.advance(180_000)
    assert.equal(posts.length, 6)
    state.member = true
    await handle('Normal', 6)
    posts.length = 0
    await clock.advance(180_000)
    flow.stop()
    assert.equal(posts.length, 0)
  })

  it('is done when one Alertmanager has it, and tells the other when that is back', async () => {
    const { handle, posts, clock, flow, state } = site()
    state.answers['two'] = away
    assert.deepEqual(await handle('Low', 5), { kind: 'done' })
    state.answers = {}
    flow.start()
    await clock.advance(60_000)
    flow.stop()
    assert.ok(posts.some(([receiver, level]) => receiver === 'two' && level === 'Low'))
  })

  it('waits while nobody takes it, and knows nothing of it until then', async () => {
    const { handle, flow, state } = site()
    state.answers = { one: away, two: { ...away, cause: 'Http503' } }
    assert.equal((await handle('Low', 5)).kind, 'wait')
    assert.equal(flow.open, 0)
    state.answers = {}
    assert.equal((await handle('Low', 5)).kind, 'done')
    assert.equal(flow.open, 1)
  })

  it('calls dead what every Alertmanager refuses, and what is no event', async () => {
    const { handle, flow, state } = site()
    state.answers = { one: { kind: 'refused', reason: 'bad label' }, two: { kind: 'refused', reason: 'bad label' } }
    assert.deepEqual(await handle('Low', 5), { kind: 'dead', cause: 'AlertRefused', reason: 'bad label' })
    const nonsense = { ...aMessage('Low', 5), value: Buffer.from('?') }
    assert.equal((await flow.handle(nonsense, signal)).kind, 'dead')
  })

  it('recalls what is open from the topic without posting, and says nothing before it has recalled all', async () => {
    const { flow, posts, clock } = site()
    flow.memory?.begin([partition])
    for (const message of [
      aMessage('Low', 5),
      aMessage('Critical', 6),
      aMessage('Low', 2, 'other'),
      aMessage('Normal', 3, 'other'),
    ])
      flow.memory?.recall(message)
    flow.start()
    await clock.advance(60_000)
    assert.equal(posts.length, 0)
    flow.memory?.recalled(partition)
    await clock.advance(60_000)
    flow.stop()
    assert.deepEqual(
      posts.map(([receiver, level]) => [receiver, level]),
      [
        ['one', 'Critical'],
        ['two', 'Critical'],
      ],
    )
  })

  it('does not say again what it is just about to end', async () => {
    const { flow, posts, clock, handle, state } = site()
    await handle('Low', 5)
    flow.start()
    posts.length = 0
    const gate = Promise.withResolvers<void>()
    state.gate = gate.promise
    const ending = handle('Normal', 6)
    await clock.advance(60_000)
    gate.resolve()
    await ending
    await clock.settle()
    flow.stop()
    assert.deepEqual(
      posts.map(([, , forMs]) => forMs <= 0),
      [true, true],
    )
  })
})
