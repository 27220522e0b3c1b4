import assert from 'node:assert/strict'
import { longAgo } from '../../../../operator/application/clock.ts'
import {
  type Lane,
  nextToRead,
  parcelOf,
  type Spool,
  sourcesOf,
  stateOf,
} from '../../../../operator/application/event/lane.ts'
import { lanes } from '../../../../operator/application/event/lanes.ts'
import { bytesOf, fitting, flawOf, MOST_BYTES } from '../../../../operator/application/event/spool-batch.ts'
import { anEvent, eventsOf } from './a-relay.ts'

function aSpool(first: number, missing: readonly string[] | undefined, inHand = false): Spool {
  const ref = {
    name: `s-${first}`,
    uid: '',
    stockUid: 's',
    firstSequence: first,
    lastSequence: first,
    count: 1,
    bytes: 9,
  }
  const parcels = inHand ? { parcels: [parcelOf(anEvent('s', first), () => undefined)] } : {}
  return { ref, missing: missing && new Set(missing), dueAt: longAgo, leaving: false, ...parcels }
}

function aLane(...spools: readonly Spool[]): Lane {
  const lane = lanes().of('s', 'shop/s')
  lane.spools.push(...spools)
  lane.queue.push({ ...parcelOf(anEvent('s', 9), () => undefined), since: longAgo })
  return lane
}

const anyTopic = () => true
const sources = (lane: Lane) =>
  [...sourcesOf(lane)].map(({ parcels, behind }) => [parcels[0]?.event.sequence, [...behind].sort()])

describe('a lane', () => {
  it('says the most pressing of what goes on in it', () => {
    const lane = aLane()
    assert.equal(stateOf(lane), 'ready')
    lane.spools.push(aSpool(1, ['moves']))
    assert.equal(stateOf(lane), 'draining')
    lane.storing = { batch: [], events: [], underWay: true }
    assert.equal(stateOf(lane), 'spooling')
    lane.blocks.set('moves', { kind: 'waiting', reason: 'missing', most: 1, dueAt: longAgo })
    assert.equal(stateOf(lane), 'held')
  })

  it('lets nothing overtake a spool that nobody has looked into', () => {
    assert.deepEqual(sources(aLane(aSpool(1, undefined))), [])
    assert.deepEqual(sources(aLane(aSpool(1, ['moves'], true), aSpool(2, undefined))), [[1, []]])
  })

  it('lets what is newer go to the topics that nothing in front of it misses', () => {
    assert.deepEqual(sources(aLane(aSpool(1, ['moves']))), [[9, ['moves']]])
    assert.deepEqual(sources(aLane(aSpool(1, ['moves']), aSpool(2, ['audit'], true))), [
      [2, ['moves']],
      [9, ['audit', 'moves']],
    ])
    assert.deepEqual(sources(aLane(aSpool(1, []))), [[9, []]])
  })

  it('has spools read in their order, one at a time, and none that could not go on', () => {
    const named = (spool: Spool | undefined) => spool?.ref.name
    assert.equal(named(nextToRead(aLane(aSpool(1, undefined), aSpool(2, undefined)), anyTopic)), 's-1')
    assert.equal(named(nextToRead(aLane(aSpool(1, ['moves'], true), aSpool(2, ['moves'])), anyTopic)), undefined)
    assert.equal(
      named(nextToRead(aLane(aSpool(1, ['moves']), aSpool(2, ['audit'])), (topic) => topic === 'audit')),
      's-2',
    )
    const held = aLane(aSpool(1, ['moves']), aSpool(2, ['moves']))
    assert.equal(
      nextToRead(held, (topic) => topic !== 'moves'),
      undefined,
    )
  })
})

describe('a batch for a spool', () => {
  it('is about as large as its JSON, whatever the script', () => {
    for (const value of ['{"a":"b","c":1}'.repeat(50), 'für ☕ und 🫘'.repeat(50), '']) {
      const event = anEvent('apples', 1, { value })
      const bytes = Buffer.byteLength(JSON.stringify(event))
      assert.ok(bytesOf(event) >= bytes * 0.9 && bytesOf(event) <= bytes * 1.4 + 160, `${bytesOf(event)} of ${bytes}`)
    }
  })

  it('ends before it is too large, but has one event at least', () => {
    assert.equal(fitting(eventsOf('apples', 1, 300)), 256)
    assert.equal(fitting(eventsOf('apples', 1, 3, { value: 'x'.repeat(MOST_BYTES) })), 1)
    assert.equal(fitting(eventsOf('apples', 1, 3, { value: 'x'.repeat(MOST_BYTES / 3) })), 2)
    assert.equal(fitting([]), 0)
  })

  it('is known to be sound before anybody sends it', () => {
    assert.equal(flawOf(eventsOf('apples', 1, 3)), undefined)
    const flaws: [Record<string, unknown>, string][] = [
      [{ value: 7 }, 'event 0: value is no text'],
      [{ key: undefined }, 'event 0: key is no text'],
      [{ sequence: 1.5 }, 'event 0: sequence is no whole number'],
      [{ timestampMs: '1' }, 'event 0: timestampMs is no whole number'],
      [{ headers: null }, 'event 0: headers are no texts'],
      [{ headers: { a: 1 } }, 'event 0: headers are no texts'],
      [{ topics: [] }, 'event 0: it names no topics'],
      [{ topics: [7] }, 'event 0: it names no topics'],
    ]
    for (const [wrong, want] of flaws) assert.equal(flawOf([{ ...anEvent('apples', 1), ...wrong }]), want)
    assert.equal(flawOf(undefined), 'it has no list of events')
  })
})
