import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import type { Call } from '../../../../operator/application/gateway/call.ts'
import { type Change, changeFeed } from '../../../../operator/application/gateway/change-feed.ts'
import { streamOperations } from '../../../../operator/application/gateway/stream.ts'
import type { LiveStream, StreamEvent } from '../../../../operator/application/gateway/stream-events.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { callWith } from '../../../fixtures/gateway-world.ts'

function aGateway(mostChanges = 3, objects = ['cup']) {
  const clock = fakeClock()
  const feed = changeFeed(mostChanges)
  const state = {
    forbidden: [] as string[],
    broken: undefined as Error | undefined,
    stale: undefined as string | undefined,
    ended: [] as string[],
  }
  const streams = streamOperations({
    clock,
    access: {
      may: async (_, { resource }) => {
        if (state.broken) throw state.broken
        if (state.forbidden.includes(resource)) throw new Problem('Forbidden', { detail: 'no more' })
      },
    },
    observer: { opened: () => {}, sent: () => {}, ended: (reason) => state.ended.push(reason) },
    feedOf: () => feed,
    objectsOf: () => objects.map((name) => () => ({ name })),
    serves: () => true,
    blind: () => state.stale,
  })
  const change = (type: Change['type'], name: string, namespace = 'shop') =>
    feed.add({ type, namespace, show: () => ({ name }) })
  feed.reached('10')

  async function open(from?: string, expiresAtMs?: number, more: Partial<Call> = {}): Promise<LiveStream> {
    const caller = { user: 'ana', groups: [], token: 't', tokenKey: 'k', ...(expiresAtMs && { expiresAtMs }) }
    const parameters = { kinds: 'stocks', ...(from !== undefined && { 'Last-Event-ID': from }) }
    const { stream } = await streams['streamChanges']!(callWith({ caller, parameters, ...more }))
    return stream as LiveStream
  }
  return { clock, feed, state, change, open }
}

function textOf(event: StreamEvent): string {
  if (event.type === 'end') return `end ${event.reason}`
  if (event.type !== 'change') return 'id' in event ? `${event.type} ${event.id}` : event.type
  const { name } = event.change.show() as { name: string }
  return `${event.change.type} ${name}${event.id === undefined ? '' : ` ${event.id}`}`
}

/** Listens until the stream ends; `told` grows as it comes. */
function listen(stream: LiveStream) {
  const told: string[] = []
  const over = (async () => {
    for await (const part of stream.parts) told.push(...part.map(textOf))
  })()
  return { told, over }
}

const whole = ['reset', 'added cup', 'listed vstk:10']

describe('a stream of changes', () => {
  it('begins with all there is, and goes on with what changes in its namespace', async () => {
    const { clock, feed, change, open } = aGateway()
    const { told } = listen(await open())
    await clock.settle()
    change('changed', 'cup')
    change('added', 'secret', 'elsewhere')
    feed.reached('12')
    await clock.settle()
    assert.deepEqual(told, [...whole, 'changed cup vstk:12'])
  })

  it('resumes with what came since, deletions too, and moves its id at the end of what came at once', async () => {
    const { clock, feed, change, open } = aGateway()
    change('deleted', 'mug')
    change('added', 'jar')
    feed.reached('20')
    const { told } = listen(await open('rsv:7,vstk:10'))
    await clock.settle()
    assert.deepEqual(told, ['deleted mug', 'added jar vstk:20'])
  })

  it('begins anew where it is not known what came since', async () => {
    const { clock, feed, change, open } = aGateway(1)
    const tellsAll = async (id: string) => {
      const stream = await open(id)
      const { told } = listen(stream)
      await clock.settle()
      stream.close()
      assert.deepEqual(told.slice(0, 2), whole.slice(0, 2), id)
    }
    for (const id of ['vstk:9', 'vstk:11', 'rsv:10', 'vstk:', 'nonsense', 'vstk:1e1']) await tellsAll(id)
    for (const position of ['11', '12']) {
      change('changed', 'cup')
      feed.reached(position)
    }
    await tellsAll('vstk:10')
  })

  it('ends with its token, with its right, and when what is known is too old', async () => {
    const byToken = aGateway()
    const first = listen(await byToken.open(undefined, byToken.clock.now() + 5_000))
    await byToken.clock.advance(5_000)
    await first.over
    assert.deepEqual(first.told.at(-1), 'end Unauthorized')

    const byRight = aGateway()
    const second = listen(await byRight.open())
    await byRight.clock.settle()
    byRight.state.forbidden = ['virtualstocks']
    await byRight.clock.advance(60_000)
    await second.over
    assert.deepEqual(second.told.at(-1), 'end Forbidden')

    const byAge = aGateway()
    const third = listen(await byAge.open())
    await byAge.clock.settle()
    byAge.state.stale = 'the watch has failed'
    await byAge.clock.advance(15_000)
    await third.over
    assert.deepEqual([third.told.at(-1), byAge.state.ended], ['end Stale', ['Stale']])
  })

  it('ends for the same reasons while its first list goes out', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => `cup-${index}`)
    type World = ReturnType<typeof aGateway>
    const stopping = new AbortController()
    const cases: Readonly<Record<string, (world: World) => Promise<void> | void>> = {
      Unauthorized: ({ clock }) => clock.advance(5_000),
      Forbidden({ clock, state }) {
        state.forbidden = ['virtualstocks']
        return clock.advance(60_000)
      },
      Stale({ state }) {
        state.stale = 'the watch has failed'
      },
      TooSlow({ change, feed }) {
        for (const position of ['11', '12', '13', '14']) {
          change('changed', 'cup-1')
          feed.reached(position)
        }
      },
      Stopping: () => stopping.abort(),
    }
    for (const [reason, happen] of Object.entries(cases)) {
      const world = aGateway(3, many)
      const expiresAtMs = world.clock.now() + (reason === 'Unauthorized' ? 5_000 : 3_600_000)
      const parts = (await world.open(undefined, expiresAtMs, { over: stopping.signal })).parts[Symbol.asyncIterator]()
      await parts.next()
      const { value: first } = await parts.next()
      assert.equal(first.length, 100)
      await happen(world)
      const { value: last } = await parts.next()
      assert.deepEqual(last.map(textOf), [`end ${reason}`])
      assert.equal((await parts.next()).done, true)
      assert.deepEqual(world.state.ended, [reason])
    }
  })

  it('is of all kinds that its caller may watch, unless they are named', async () => {
    const { state, open } = aGateway()
    const kindsOf = async (parameters: object) => {
      const stream = await open(undefined, undefined, { parameters: { namespace: 'shop', ...parameters } })
      const { value } = await stream.parts[Symbol.asyncIterator]().next()
      stream.close()
      return value[0].kinds
    }
    assert.deepEqual(await kindsOf({}), ['stocks', 'reservations', 'machines'])
    state.forbidden = ['vmachines']
    assert.deepEqual(await kindsOf({}), ['stocks', 'reservations'])
    assert.deepEqual(await kindsOf({ kinds: 'reservations,reservations' }), ['reservations'])
    await assert.rejects(kindsOf({ kinds: 'stocks,machines' }), { reason: 'Forbidden' })
    state.forbidden = ['virtualstocks', 'reservations', 'vmachines']
    await assert.rejects(kindsOf({}), { reason: 'Forbidden' })
    state.broken = new Problem('ApiServerAway', { detail: 'nobody can tell' })
    await assert.rejects(kindsOf({}), { reason: 'ApiServerAway' })
  })

  it('is counted as failed when a review breaks in a way that nobody foresaw', async () => {
    const { clock, open, state } = aGateway()
    const { over } = listen(await open())
    const failed = assert.rejects(over, { message: 'broken' })
    await clock.settle()
    state.broken = new Error('broken')
    await clock.advance(60_000)
    await failed
    assert.deepEqual(state.ended, ['Internal'])
  })

  it('says every 15 s that it lives', async () => {
    const { clock, open } = aGateway()
    const { told } = listen(await open())
    await clock.advance(30_000)
    assert.deepEqual(told, [...whole, 'idle vstk:10', 'idle vstk:10'])
  })

  it('ends for who reads slower than is kept, and nobody else waits for them', async () => {
    const { clock, feed, change, open, state } = aGateway(2)
    const slow = (await open('vstk:10')).parts[Symbol.asyncIterator]()
    const { told } = listen(await open('vstk:10'))
    const first = slow.next()
    await clock.settle()
    for (const position of ['11', '12', '13', '14']) {
      change('changed', `at-${position}`)
      feed.reached(position)
      await clock.settle()
    }
    await first
    const { value } = await slow.next()
    assert.deepEqual(value.map(textOf), ['end TooSlow'])
    await slow.next()
    assert.deepEqual([told.length, state.ended], [4, ['TooSlow']])
  })

  it('is refused to who has five, until one of them ends', async () => {
    const { open } = aGateway()
    const [one] = await Promise.all([open(), open(), open(), open(), open()])
    await assert.rejects(open(), { reason: 'TooManyRequests', status: 429 })
    one!.close()
    one!.close()
    await open()
    await assert.rejects(open(), { reason: 'TooManyRequests' })
  })
})
