import assert from 'node:assert/strict'
import { auditEvents, auditRowEvents, auditStepEvents } from '../../../../operator/application/audit/audit-events.ts'
import type { DeliveredEvent } from '../../../../operator/application/audit/audit-sequence.ts'
import type { StoredStock } from '../../../../operator/application/ledger/stock-ledger.ts'
import { afterTen, anEntry, grinder, someTerms } from '../../../fixtures/builders.ts'

function stockAt(sequence: number, pending: readonly number[] = []): StoredStock {
  const entries = pending.map((n) => anEntry({ sequence: n }))
  const ledger = { format: 1, term: 1, writer: 'w', attempt: 1, sequence, at: afterTen(0), pending: entries }
  const counts = {
    observedGeneration: 1,
    quantity: 5,
    reserved: 0,
    confirmed: 0,
    available: 5,
    waiting: 0,
    utilizationPercent: 0,
  }
  return {
    ...grinder,
    position: '1',
    generation: 1,
    terms: someTerms(),
    formerUids: [],
    acceptBooks: false,
    finalizers: [],
    guarded: true,
    status: { ...counts, level: 'Normal', ledger, conditions: [] },
  }
}

const event = (sequence: number, particular: Partial<DeliveredEvent> = {}): DeliveredEvent => ({
  id: `${grinder.uid}-${sequence}`,
  type: 'io.kbnt.reservation.reserved.v1',
  sourceUid: grinder.uid,
  sequence,
  numbers: `numbers of ${sequence}`,
  ...particular,
})

const messages = (stock: StoredStock, events: readonly DeliveredEvent[], spooled: [number, number][] = []) =>
  auditEvents(
    stock,
    events,
    spooled.map(([firstSequence, lastSequence]) => ({
      name: '',
      uid: '',
      stockUid: grinder.uid,
      firstSequence,
      lastSequence,
    })),
  ).findings.map(({ message }) => message)

describe('auditEvents', () => {
  it('finds nothing when the topic has everything in order', () => {
    assert.deepEqual(messages(stockAt(3), [event(1), event(2), event(3)]), [])
  })

  it('judges whatever numbers somebody has written into a status or a spool', () => {
    const most = Number.MAX_SAFE_INTEGER
    assert.deepEqual(messages(stockAt(most), [event(1)], [[2, most - 1]]), [`events ${most} are not on the topic`])
    assert.deepEqual(messages(stockAt(2), [event(1), event(2)], [[1, most]]), [])
  })

  it('counts what the topic has and what it should', () => {
    const { delivered, expected } = auditEvents(stockAt(4, [4]), [event(1), event(2), event(2), event(3)], [])
    assert.deepEqual([delivered, expected], [3, 4])
  })

  it('does not miss what the journal or a spool still keeps', () => {
    assert.deepEqual(messages(stockAt(6, [6]), [event(1)], [[2, 5]]), [])
  })

  it('names what is missing, in ranges, at most five of them', () => {
    assert.deepEqual(messages(stockAt(5), [event(4)]), ['events 1–3, 5 are not on the topic'])
    const every = [2, 4, 6, 8, 10, 12].map((n) => event(n))
    assert.deepEqual(messages(stockAt(12), every), ['events 1, 3, 5, 7, 9, … are not on the topic'])
  })

  it('does not ask a restored stock for what it decided under its uid of before', () => {
    const restored = { ...stockAt(6), formerUids: ['uid-before'] }
    assert.deepEqual(messages(restored, [event(4), event(6)]), ['events 5 are not on the topic'])
    assert.deepEqual(messages(restored, [event(4), event(5), event(6)]), [])
  })

  it('finds a first delivery out of order', () => {
    assert.deepEqual(messages(stockAt(3), [event(1), event(3), event(2)]), ['event 2 came after 3'])
  })

  it('lets events come again, as long as they say the same', () => {
    assert.deepEqual(messages(stockAt(2), [event(1), event(2), event(1), event(2)]), [])
    const other = [event(1, { numbers: 'other' }), event(1, { id: 'other' }), event(1, { type: 'other' })]
    for (const again of other)
      assert.deepEqual(messages(stockAt(1), [event(1), again]), ['event 1 came again and said something else'])
  })

  it('finds events that the books do not know', () => {
    assert.deepEqual(messages(stockAt(1), [event(1), event(2)]), ['event 2 is on the topic, the books end at 1'])
  })
})

describe('auditStepEvents', () => {
  const machine = (steps: number, published: number) => ({
    ...{ namespace: 'shop', name: 'web', status: { steps, published } },
  })
  const found = (...of: Parameters<typeof auditStepEvents>) =>
    auditStepEvents(...of).findings.map(({ about, message }) => `${about} ${message}`)

  it('wants every published step on the topic, and those that are not yet may be there', () => {
    assert.deepEqual(found(machine(3, 2), [event(1), event(2)], []), [])
    assert.deepEqual(found(machine(3, 2), [event(1), event(2), event(3)], []), [])
    assert.deepEqual(found(machine(3, 2), [event(1)], []), ['shop/web events 2 are not on the topic'])
    const { delivered, expected } = auditStepEvents(machine(3, 2), [event(1), event(2), event(2)], [])
    assert.deepEqual([delivered, expected], [2, 3])
  })

  it('does not miss what a spool keeps', () => {
    const spool = { name: '', uid: '', stockUid: 'uid-web', firstSequence: 2, lastSequence: 3 }
    assert.deepEqual(found(machine(3, 3), [event(1)], [spool]), [])
  })

  it('finds steps out of order, and such as the machine does not know', () => {
    assert.deepEqual(found(machine(2, 2), [event(2), event(1), event(3)], []), [
      'shop/web event 1 came after 2',
      'shop/web event 3 is on the topic, the books end at 2',
    ])
  })

  it('asks nothing for a machine that nobody has looked at', () => {
    const { status: _, ...isNew } = machine(0, 0)
    assert.deepEqual(auditStepEvents(isNew, [], []), { delivered: 0, expected: 0, findings: [] })
  })
})

describe('auditRowEvents', () => {
  const ofRow = (delivered: number, sequence: number, events: readonly DeliveredEvent[]) => {
    const outbox = { delivered, entries: sequence - delivered, last: sequence, gaps: 0 }
    const found = auditRowEvents({ ...grinder, sequence, outbox }, events)
    return [found.delivered, found.expected, ...found.findings.map(({ message }) => message)]
  }

  it('wants on the topic what is delivered; what waits, and what came after the rows were read, may be there', () => {
    assert.deepEqual(ofRow(2, 3, [event(1), event(2)]), [2, 3])
    assert.deepEqual(
      ofRow(
        2,
        3,
        [1, 2, 3, 4, 5].map((n) => event(n)),
      ),
      [3, 3],
    )
    assert.deepEqual(ofRow(3, 3, [event(1), event(3)]), [2, 3, 'events 2 are not on the topic'])
    assert.deepEqual(ofRow(3, 3, [event(1), event(2)]), [2, 3, 'events 3 are not on the topic'])
  })

  it('lets numbers leap only where a recount says so, or where books began anew', () => {
    const leap = (type: string) => ofRow(1_000_003, 1_000_003, [event(1), event(2), event(1_000_003, { type })])
    assert.deepEqual(leap('io.kbnt.stock.recounted.v1'), [3, 3])
    assert.deepEqual(leap('io.kbnt.stock.created.v1'), [3, 3])
    assert.deepEqual(leap('io.kbnt.stock.adjusted.v1'), [3, 1_000_003, 'events 3–1000002 are not on the topic'])
  })
})
