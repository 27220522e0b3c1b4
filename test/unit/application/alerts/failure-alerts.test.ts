import assert from 'node:assert/strict'
import type { Posted, PostedAlert } from '../../../../operator/application/alerts/alert-receiver.ts'
import { failureAlerts } from '../../../../operator/application/alerts/failure-alerts.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const MINUTE_MS = 60_000
const quietMs = 10 * MINUTE_MS
const away: Posted = { kind: 'away', cause: 'NoAnswer', reason: 'is away' }

function site(particular: { readonly mostOpen?: number } = {}) {
  const clock = fakeClock()
  const posts: { receiver: string; alert: PostedAlert }[] = []
  let proofs = 0
  const answers: Record<string, Posted> = {}
  const receivers = ['one', 'two'].map((name) => ({
    name,
    async post([alert]: readonly PostedAlert[]) {
      if (alert) posts.push({ receiver: name, alert })
      else if (name === 'one') proofs += 1
      return answers[name] ?? ({ kind: 'taken' } as const)
    },
  }))
  const flow = failureAlerts({ clock, receivers, quietMs, mostOpen: 100, onPost: () => undefined, ...particular })
  const say = (given: object | string = {}, agoMs = 0, offset = 0n) => {
    const line = { level: 'ERROR', service: 'shop', namespace: 'desk', message: 'no such article' }
    const value = Buffer.from(typeof given === 'string' ? given : JSON.stringify({ ...line, ...given }))
    const place = { topic: 'error-logs', partition: 0, offset }
    const message = { ...place, value, headers: {}, timestampMs: clock.now() - agoMs }
    return flow.handle(message, new AbortController().signal)
  }
  const told = () =>
    posts
      .filter(({ receiver }) => receiver === 'one')
      .map(({ alert: { labels, endsAt } }) => [
        `${labels['level']} ${labels['service']}`,
        (Date.parse(endsAt) - clock.now()) / MINUTE_MS,
      ])
  return { clock, posts, answers, flow, say, told, proofs: () => proofs }
}

describe('the flow log-alerts', () => {
  it('tells each Alertmanager that a service fails, for the quiet time and a quarter more', async () => {
    const { posts, say, flow, clock } = site()
    assert.deepEqual(await say({ correlation_id: 'c-1' }), { kind: 'done' })
    assert.deepEqual(
      posts.map(({ receiver }) => receiver),
      ['one', 'two'],
    )
    assert.deepEqual(posts[0]?.alert, {
      labels: {
        ...{ alertname: 'KbntServiceFails', severity: 'warning', level: 'ERROR', namespace: 'desk', service: 'shop' },
      },
      annotations: { summary: 'desk/shop says ERROR: no such article', correlationId: 'c-1' },
      startsAt: new Date(clock.now()).toISOString(),
      endsAt: new Date(clock.now() + 12.5 * MINUTE_MS).toISOString(),
    })
    assert.equal(flow.open, 1)
  })

  it('tells it again only when it would end too early, and never that it ends', async () => {
    const { say, told, clock, flow, posts } = site()
    for (let line = 0; line < 100; line += 1) await say()
    assert.deepEqual(told(), [['ERROR shop', 12.5]])
    await clock.advance(2.5 * MINUTE_MS)
    await say()
    assert.equal(told().length, 1)
    await clock.advance(MINUTE_MS)
    await say()
    assert.deepEqual(told().at(-1), ['ERROR shop', 12.5])
    assert.equal(posts.at(-1)?.alert.startsAt, posts[0]?.alert.startsAt, 'it is the same alert')
    await clock.advance(quietMs)
    assert.equal(flow.open, 0)
    await say()
    assert.equal(posts.at(-1)?.alert.startsAt, new Date(clock.now()).toISOString())
  })

  it('has an alert for each level of each service, and none for what is no failure', async () => {
    const { say, told, posts } = site()
    await say({ level: 'FATAL' })
    await say({ service: 'payment' })
    await say({ namespace: 'depot' })
    await say({ level: 'WARN' })
    assert.deepEqual(
      told().map(([name]) => name),
      ['FATAL shop', 'ERROR payment', 'ERROR shop'],
    )
    assert.equal(posts[0]?.alert.labels['severity'], 'critical')
  })

  it('has no more open than it may: one tells for all others, until one of them is over', async () => {
    const { say, told, clock, flow } = site({ mostOpen: 2 })
    await Promise.all(['a', 'b', 'c', 'd'].map((service) => say({ service })))
    assert.deepEqual(
      told()
        .map(([name]) => name)
        .toSorted(),
      ['ERROR (others)', 'ERROR a', 'ERROR b'],
    )
    assert.equal(flow.open, 3)
    await clock.advance(quietMs)
    await say({ service: 'd' })
    assert.equal(told().at(-1)?.[0], 'ERROR d')
  })

  it('lets pass what would be over by now, and ends earlier what is told late', async () => {
    const { say, told } = site()
    assert.deepEqual(await say({}, quietMs), { kind: 'done' })
    assert.deepEqual(told(), [])
    await say({}, 4 * MINUTE_MS)
    assert.deepEqual(told(), [['ERROR shop', 8.5]])
  })

  it('lets nothing pass as over by a clock that is wrong, and asks for that now and then only', async () => {
    const { say, answers, posts, proofs, clock } = site()
    answers['one'] = { kind: 'away', cause: 'ClockSkew', reason: 'the clock here is 600 s ahead' }
    answers['two'] = away
    const waits = await say({}, quietMs)
    assert.deepEqual([waits.kind, 'cause' in waits && waits.cause], ['wait', 'ClockSkew'])
    answers['one'] = { kind: 'taken' }
    const before = proofs()
    for (const answer of await Promise.all([1, 2, 3].map(() => say({}, quietMs)))) assert.equal(answer.kind, 'done')
    assert.equal((await say({}, quietMs)).kind, 'done')
    assert.equal(proofs(), before + 1)
    clock.jump(quietMs)
    answers['one'] = away
    assert.equal((await say({}, quietMs)).kind, 'wait', 'the clock was set meanwhile')
    assert.deepEqual(posts, [])
  })

  it('keeps nothing open for longer because a clock is ahead', async () => {
    const { say, told } = site()
    await say({}, -60 * MINUTE_MS)
    assert.deepEqual(told(), [['ERROR shop', 12.5]])
  })

  it('is done where one Alertmanager has it, waits where all are away, and tells it then', async () => {
    const { say, answers, posts } = site()
    answers['one'] = away
    assert.deepEqual(await say(), { kind: 'done' })
    answers['two'] = away
    assert.equal((await say({ service: 'payment' })).kind, 'wait')
    answers['two'] = { kind: 'taken' }
    posts.length = 0
    assert.deepEqual(await say({ service: 'payment' }), { kind: 'done' })
    assert.equal(posts.length, 2)
  })

  it('tells once an Alertmanager is back what nobody took for longer than the quiet time', async () => {
    const { say, answers, posts, clock, told } = site()
    answers['one'] = answers['two'] = away
    const startsAt = new Date(clock.now()).toISOString()
    assert.equal((await say({ level: 'FATAL' })).kind, 'wait')
    await clock.advance(2 * quietMs)
    answers['one'] = { kind: 'taken' }
    posts.length = 0
    assert.deepEqual(await say({ level: 'FATAL' }, 2 * quietMs), { kind: 'done' })
    assert.deepEqual(told(), [['FATAL shop', 12.5]])
    assert.equal(posts[0]?.alert.startsAt, startsAt)
    await clock.advance(2 * quietMs)
    assert.deepEqual(await say({ level: 'FATAL' }, 2 * quietMs), { kind: 'done' })
    assert.equal(told().length, 1, 'it was told')
  })

  it('tells what nobody took also where it was to be told for others, and has room for it now', async () => {
    const { say, answers, clock, told } = site({ mostOpen: 1 })
    await say({ service: 'a' })
    answers['one'] = answers['two'] = away
    assert.equal((await say({ service: 'b' }, 0, 1n)).kind, 'wait')
    await clock.advance(2 * quietMs)
    delete answers['one']
    assert.deepEqual(await say({ service: 'b' }, 2 * quietMs, 1n), { kind: 'done' })
    assert.deepEqual(told().at(-1), ['ERROR b', 12.5])
  })

  it('keeps no place for what others tell by now: its partition is theirs', async () => {
    const { say, answers, clock, flow, told } = site({ mostOpen: 2 })
    answers['one'] = answers['two'] = away
    for (const service of ['a', 'b', 'c']) await say({ service })
    await clock.advance(quietMs)
    assert.equal(flow.open, 0)
    delete answers['one']
    await say({ service: 'd' })
    assert.deepEqual(told().at(-1), ['ERROR d', 12.5])
  })

  it('takes a place that has become free though one tells for others', async () => {
    const { say, clock, told } = site({ mostOpen: 2 })
    await say({ service: 'a' })
    await clock.advance(quietMs / 2)
    for (const service of ['b', 'c']) await say({ service })
    await clock.advance(quietMs / 2)
    await say({ service: 'd' })
    assert.deepEqual(
      told().map(([name]) => name),
      ['ERROR a', 'ERROR b', 'ERROR (others)', 'ERROR d'],
    )
  })

  it('puts aside what nobody takes or can read', async () => {
    const { say, answers } = site()
    answers['one'] = { kind: 'refused', reason: 'answers 400' }
    answers['two'] = { kind: 'refused', reason: 'answers 400' }
    const refused = await say()
    assert.deepEqual([refused.kind, 'cause' in refused && refused.cause], ['dead', 'AlertRefused'])
    assert.equal((await say('?')).kind, 'dead')
  })

  it('posts and puts aside what is refused now and then only', async () => {
    const { say, answers, told, clock } = site()
    answers['one'] = answers['two'] = { kind: 'refused', reason: 'answers 400' }
    const kinds: string[] = []
    for (let line = 0; line < 50; line += 1) kinds.push((await say()).kind)
    assert.equal(kinds.filter((kind) => kind === 'dead').length, 1)
    assert.equal(told().length, 1)
    answers['one'] = { kind: 'taken' }
    await clock.advance(30_000)
    assert.equal((await say()).kind, 'done')
    assert.equal(told().length, 2)
  })
})
