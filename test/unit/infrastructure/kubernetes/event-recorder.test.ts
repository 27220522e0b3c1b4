import assert from 'node:assert/strict'
import { ApiError, UnknownOutcomeError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import {
  buildClusterEvent,
  type ClusterEvent,
  cutToBytes,
  type Occurrence,
} from '../../../../operator/infrastructure/kubernetes/cluster-event.ts'
import { eventRecorder } from '../../../../operator/infrastructure/kubernetes/event-recorder.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const source = { controller: 'example.io/controller', instance: 'pod-1' }

const anOccurrence = (change: Partial<Occurrence> & { name?: string } = {}): Occurrence => {
  const { name = 'box-1', ...rest } = change
  return {
    regarding: { apiVersion: 'example.io/v1', kind: 'Box', namespace: 'shop', name, uid: `uid-${name}` },
    type: 'Warning',
    reason: 'TooSmall',
    action: 'Pack',
    note: 'needs 5, has 3',
    ...rest,
  }
}

describe('event recorder', () => {
  const aRecorder = () => {
    const clock = fakeClock(Date.UTC(2026, 10, 22, 10, 0, 0))
    const created: ClusterEvent[] = []
    const patched: { name: string; body: object }[] = []
    const dropped: string[] = []
    const faults: { create: (() => Error | Promise<never>) | undefined; patch: (() => Error) | undefined } = {
      create: undefined,
      patch: undefined,
    }
    const recorder = eventRecorder({
      events: {
        async create(event) {
          const fault = await faults.create?.()
          if (fault !== undefined) throw fault
          created.push(event)
          return { body: event, date: undefined }
        },
        async mergePatch(_namespace, name, body) {
          const fault = faults.patch?.()
          if (fault !== undefined) throw fault
          patched.push({ name, body })
          return { body: created[0] as ClusterEvent, date: undefined }
        },
      },
      source,
      clock,
      random: () => 0,
      onDropped: (cause) => dropped.push(cause),
    })
    return { clock, recorder, created, patched, dropped, faults }
  }

  it('creates an Event that says what happened to which object', async () => {
    const { clock, recorder, created } = aRecorder()
    recorder.record(anOccurrence({ related: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'p' } }))
    await clock.settle()
    const [{ metadata, ...event }] = created as [ClusterEvent]
    assert.equal(metadata.namespace, 'shop')
    assert.match(metadata.name ?? '', /^box-1\.[0-9a-f]+$/)
    assert.deepEqual(event, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      eventTime: '2026-11-22T10:00:00.000000Z',
      reportingController: 'example.io/controller',
      reportingInstance: 'pod-1',
      action: 'Pack',
      reason: 'TooSmall',
      regarding: { apiVersion: 'example.io/v1', kind: 'Box', namespace: 'shop', name: 'box-1', uid: 'uid-box-1' },
      related: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'p' },
      note: 'needs 5, has 3',
      type: 'Warning',
    })
  })

  it('counts the first repeat at once in the series of the same Event', async () => {
    const { clock, recorder, created, patched } = aRecorder()
    recorder.record(anOccurrence())
    await clock.advance(1_000)
    recorder.record(anOccurrence({ note: 'needs 5, has 2' }))
    await clock.settle()
    assert.equal(created.length, 1)
    assert.deepEqual(patched, [
      {
        name: created[0]?.metadata.name,
        body: { series: { count: 2, lastObservedTime: '2026-11-22T10:00:01.000000Z' } },
      },
    ])
  })

  it('tells further repeats together every 30 seconds', async () => {
    const { clock, recorder, patched } = aRecorder()
    for (let second = 0; second < 60; second += 1) {
      recorder.record(anOccurrence())
      await clock.advance(1_000)
    }
    const counts = patched.map(({ body }) => (body as { series: { count: number } }).series.count)
    assert.deepEqual(counts, [2, 30, 60])
  })

  it('patches nothing before the Event is there, and then tells the repeats', async () => {
    const { clock, recorder, created, patched, faults } = aRecorder()
    const gate = Promise.withResolvers<never>()
    faults.create = () => gate.promise
    recorder.record(anOccurrence())
    recorder.record(anOccurrence())
    recorder.record(anOccurrence())
    await clock.settle()
    assert.deepEqual([created.length, patched.length], [0, 0])
    gate.resolve(undefined as never)
    await clock.settle()
    assert.equal(created.length, 1)
    assert.equal((patched[0]?.body as { series: { count: number } }).series.count, 3)
  })

  for (const [name, change] of [
    ['reason', { reason: 'TooHeavy' }],
    ['type', { type: 'Normal' as const }],
    ['action', { action: 'Ship' }],
    ['object', { name: 'box-2' }],
  ] as const) {
    it(`takes another ${name} for another event`, async () => {
      const { clock, recorder, created, patched } = aRecorder()
      recorder.record(anOccurrence())
      recorder.record(anOccurrence(change))
      await clock.settle()
      assert.deepEqual([created.length, patched.length], [2, 0])
      assert.notEqual(created[0]?.metadata.name, created[1]?.metadata.name)
    })
  }

  it('begins a new event after six silent minutes', async () => {
    const { clock, recorder, created } = aRecorder()
    recorder.record(anOccurrence())
    await clock.advance(390_000)
    recorder.record(anOccurrence())
    await clock.settle()
    assert.equal(created.length, 2)
    await clock.advance(400_000)
    assert.equal(clock.timers, 0)
  })

  it('lets 25 events of one object pass, then one in five minutes; other objects are not concerned', async () => {
    const { clock, recorder, created, dropped } = aRecorder()
    for (let reason = 0; reason < 40; reason += 1) recorder.record(anOccurrence({ reason: `Reason${reason}` }))
    await clock.settle()
    assert.equal(created.length, 25)
    assert.deepEqual(dropped, Array(15).fill('spam'))
    recorder.record(anOccurrence({ name: 'box-2' }))
    await clock.settle()
    assert.equal(created.length, 26)
    await clock.advance(300_000)
    recorder.record(anOccurrence({ reason: 'Later' }))
    recorder.record(anOccurrence({ reason: 'TooMuch' }))
    await clock.settle()
    assert.equal(created.length, 27)
  })

  it('drops an event of a terminating namespace at once and goes on with others', async () => {
    const { clock, recorder, created, dropped, faults } = aRecorder()
    faults.create = () =>
      new ApiError(403, { kind: 'Status', reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } })
    recorder.record(anOccurrence())
    await clock.settle()
    faults.create = undefined
    recorder.record(anOccurrence({ name: 'box-2' }))
    await clock.settle()
    assert.deepEqual(dropped, ['refused'])
    assert.deepEqual(created.map(({ regarding }) => regarding.name), ['box-2'])
  })

  it('tries a few times while the server is away, then drops, and begins anew at the next occurrence', async () => {
    const { clock, recorder, created, dropped, faults } = aRecorder()
    let tries = 0
    faults.create = () => {
      tries += 1
      return new UnknownOutcomeError('connect ECONNREFUSED', false)
    }
    recorder.record(anOccurrence())
    await clock.advance(60_000)
    assert.equal(tries, 3)
    assert.deepEqual(dropped, ['unavailable'])
    faults.create = undefined
    recorder.record(anOccurrence())
    await clock.settle()
    assert.equal(created.length, 1)
  })

  it('takes an Event that an earlier try has made, although its answer was lost, as made', async () => {
    const { clock, recorder, patched, dropped, faults } = aRecorder()
    faults.create = () => new ApiError(409, { kind: 'Status', reason: 'AlreadyExists' })
    recorder.record(anOccurrence())
    await clock.settle()
    recorder.record(anOccurrence())
    await clock.settle()
    assert.deepEqual(dropped, [])
    assert.equal(patched.length, 1)
  })

  it('creates a new Event when the one that it counts in ran out', async () => {
    const { clock, recorder, created, faults } = aRecorder()
    recorder.record(anOccurrence())
    await clock.settle()
    faults.patch = () => new ApiError(404, { kind: 'Status', reason: 'NotFound' })
    recorder.record(anOccurrence())
    await clock.settle()
    recorder.record(anOccurrence())
    await clock.settle()
    assert.equal(created.length, 2)
  })

  it('keeps the newest thousand events and drops the oldest while nothing can be sent', async () => {
    const { clock, recorder, created, dropped, faults } = aRecorder()
    const gate = Promise.withResolvers<never>()
    faults.create = () => gate.promise
    for (let object = 0; object < 1_104; object += 1) recorder.record(anOccurrence({ name: `box-${object}` }))
    assert.deepEqual(dropped, Array(100).fill('queueFull'))
    faults.create = undefined
    gate.resolve(undefined as never)
    await clock.settle()
    while (created.length < 1_004) await clock.settle()
    const names = new Set(created.map(({ regarding }) => regarding.name))
    assert.deepEqual([names.has('box-3'), names.has('box-4'), names.has('box-103'), names.has('box-104')], [true, false, false, true])
  })

  it('tells what is not told yet when it is stopped, and nothing later', async () => {
    const { clock, recorder, created, patched, dropped } = aRecorder()
    for (let repeat = 0; repeat < 7; repeat += 1) {
      recorder.record(anOccurrence())
      await clock.settle()
    }
    await recorder.stop()
    assert.deepEqual(patched.map(({ body }) => (body as { series: { count: number } }).series.count), [2, 7])
    recorder.record(anOccurrence({ name: 'box-2' }))
    await clock.settle()
    assert.equal(created.length, 1)
    assert.deepEqual(dropped, ['stopped'])
    assert.equal(clock.timers, 0)
  })

  it('waits no longer than the grace time for a server that is away when it is stopped', async () => {
    const { clock, recorder, dropped, faults } = aRecorder()
    faults.create = () => new UnknownOutcomeError('connect ECONNREFUSED', false)
    for (let object = 0; object < 10; object += 1) recorder.record(anOccurrence({ name: `box-${object}` }))
    const stopped = recorder.stop(500)
    await clock.advance(500)
    await stopped
    assert.equal(dropped.length, 10)
  })
})

describe('cluster event', () => {
  for (const { name, text, bytes, want } of [
    { name: 'a short text', text: 'short', bytes: 5, want: 'short' },
    { name: 'a long text', text: 'abcdefghij', bytes: 8, want: 'abcde…' },
    { name: 'between characters of several bytes', text: '€€€€', bytes: 10, want: '€€…' },
    { name: 'never inside a character', text: 'a😀😀', bytes: 8, want: 'a😀…' },
    { name: 'never inside a character, however little room is left', text: '😀😀', bytes: 6, want: '…' },
  ]) {
    it(`cuts to bytes: ${name}`, () => {
      const cut = cutToBytes(text, bytes)
      assert.equal(cut, want)
      assert.ok(Buffer.byteLength(cut) <= bytes)
    })
  }

  it('keeps its name within 253 characters and valid, and its texts within their limits', () => {
    const occurrence = anOccurrence({ name: `${'a'.repeat(235)}.${'b'.repeat(17)}`, note: 'x'.repeat(5_000) })
    const event = buildClusterEvent(occurrence, { controller: 'c', instance: 'i'.repeat(200) }, 1_700_000_000_000, 1)
    assert.ok((event.metadata.name ?? '').length <= 253)
    assert.match(event.metadata.name ?? '', /^a+\.[0-9a-f]+$/)
    assert.equal(Buffer.byteLength(event.note), 1_024)
    assert.equal(event.reportingInstance.length, 128)
  })

  it('puts events of objects without a namespace into default', () => {
    const regarding = { apiVersion: 'v1', kind: 'Node', name: 'n' }
    assert.equal(buildClusterEvent(anOccurrence({ regarding }), source, 0, 1).metadata.namespace, 'default')
  })
})
