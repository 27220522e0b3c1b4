import assert from 'node:assert/strict'
import { ApiError, UnknownOutcomeError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { ClusterEvent } from '../../../../operator/infrastructure/kubernetes/cluster-event.ts'
import { anOccurrence, aRecorder, toldCounts } from './a-recorder.ts'

describe('event recorder', () => {
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
    assert.deepEqual(toldCounts(patched), [2, 30, 60])
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
    assert.deepEqual(toldCounts(patched), [3])
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
      new ApiError(403, {
        kind: 'Status',
        reason: 'Forbidden',
        details: { causes: [{ reason: 'NamespaceTerminating' }] },
      })
    recorder.record(anOccurrence())
    await clock.settle()
    faults.create = undefined
    recorder.record(anOccurrence({ name: 'box-2' }))
    await clock.settle()
    assert.deepEqual(dropped, ['refused'])
    assert.deepEqual(
      created.map(({ regarding }) => regarding.name),
      ['box-2'],
    )
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
    assert.deepEqual(
      [names.has('box-3'), names.has('box-4'), names.has('box-103'), names.has('box-104')],
      [true, false, false, true],
    )
  })

  it('tells what is not told yet when it is stopped, and nothing later', async () => {
    const { clock, recorder, created, patched, dropped } = aRecorder()
    for (let repeat = 0; repeat < 7; repeat += 1) {
      recorder.record(anOccurrence())
      await clock.settle()
    }
    await recorder.stop()
    assert.deepEqual(toldCounts(patched), [2, 7])
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
