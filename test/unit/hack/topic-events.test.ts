import assert from 'node:assert/strict'
import { eventsBySource } from '../../../hack/audit/topic-events.ts'
import { eventFrom, type StockEvent } from '../../../operator/domain/event/event.ts'
import { recordEntry } from '../../../operator/domain/event/record-entry.ts'
import { recordEventFrom } from '../../../operator/domain/event/record-event.ts'
import { anEntry, grinder, tenOClock } from '../../fixtures/builders.ts'

const stock = { ...grinder, product: 'grinder' }
const entries = [3, 4, 5].map((sequence) => anEntry({ sequence }))
const texts = { consumer: 'ana', requestId: 'req-1' }

const inTopic = ({ key, headers, value, timestampMs }: StockEvent) =>
  ({ ...{ topic: 'audit', partition: 0, offset: 0n }, key, headers, value, timestampMs }) as const
const aRecord = (term: number) =>
  recordEventFrom(
    {
      ...{ first: 3, last: 5, at: tenOClock, tellsStock: false },
      entries: JSON.stringify(entries.map((entry) => recordEntry(entry, texts))),
    },
    { cluster: 'c', stock, term },
  )

describe('eventsBySource', () => {
  it('finds in a record what its entries would have said one by one', () => {
    const singles = entries.map((entry) => eventFrom(entry, { cluster: 'c', stock, term: 1, texts }))
    const want = eventsBySource(singles.map(inTopic))
    assert.equal(want.get(grinder.uid)?.length, 3)
    assert.deepEqual(eventsBySource([inTopic(aRecord(1))]), want)
  })

  it('finds what orders have told, by the uid of the order', () => {
    const value = JSON.stringify({ eventType: 'OrderCreatedEvent', payload: { uid: 'uid-1' }, sequence: 4 })
    const message = { ...{ topic: 'audit', partition: 0, offset: 0n, key: 'shop/order-1', timestampMs: 0 }, value }
    const events = eventsBySource([{ ...message, headers: { ce_id: 'uid-1-4', ce_type: 'io.kbnt.order.created' } }])
    const [event] = events.get('uid-1') ?? []
    assert.deepEqual([event?.id, event?.sequence], ['uid-1-4', 4])
  })

  it('finds that a record says the same when another leader sends it again', () => {
    const [first, again] = [1, 2].map((term) => eventsBySource([inTopic(aRecord(term))]))
    assert.deepEqual(first, again)
  })
})
