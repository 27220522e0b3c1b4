import type { OutgoingEvent } from '../../../operator/application/event/outgoing-event.ts'
import type { Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { Entry } from '../../../operator/domain/stock/entry.ts'

/** Whether a stock's events go to a topic of their own as well. */
export function isBakery(stock: string): boolean {
  return stock.startsWith('bread')
}

/** An event whose value is its whole entry, so that a redelivery can be compared to the letter. */
export function eventOf(book: { stock: { uid: string; name: string } }, _term: number, entry: Entry): OutgoingEvent {
  const { uid, name } = book.stock
  const topics = ['audit', entry.verb === 'Note' ? 'notes' : 'moves', ...(isBakery(name) ? ['bakery'] : [])]
  return {
    id: `${uid}-${entry.sequence}`,
    type: entry.verb,
    key: name,
    headers: { stock: uid },
    value: JSON.stringify(entry),
    timestampMs: Date.parse(entry.at),
    sequence: entry.sequence,
    topics,
  } as unknown as OutgoingEvent
}

/** The refusal of a reservation whose stock nobody knows. */
export function rejectionOf({ uid, namespace, name }: Reservation): OutgoingEvent {
  const event = {
    id: `${uid}-rejected`,
    type: 'rejected',
    key: `${namespace}/${name}`,
    headers: { stock: uid },
    value: '{"sequence":0}',
  }
  return { ...event, timestampMs: 0, sequence: 0, topics: ['rejections'] }
}
