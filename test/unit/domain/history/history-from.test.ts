import assert from 'node:assert/strict'
import fc from 'fast-check'
import { eventFrom } from '../../../../operator/domain/event/event.ts'
import { recordEntry } from '../../../../operator/domain/event/record-entry.ts'
import { recordEventFrom } from '../../../../operator/domain/event/record-event.ts'
import { historyFrom } from '../../../../operator/domain/history/history-from.ts'
import type { HistoryRow } from '../../../../operator/domain/history/history-row.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import { arbitraryEntry } from '../../../fixtures/arbitrary-entries.ts'
import { afterTen, anEntry, grinder, tenOClock } from '../../../fixtures/builders.ts'

const uid = '5f0c3f5e-2a5d-4a52-9f0e-1d7c8b9a0c11'
const stock = { ...grinder, uid, product: 'coffee grinder' }
const context = { cluster: 'east', stock, term: 7 }

function rowsOf({ headers, value }: { headers: Readonly<Record<string, string>>; value: string }) {
  const news = historyFrom(headers, value)
  assert.equal(news.kind, 'rows', JSON.stringify(news))
  return news.kind === 'rows' ? news.rows : []
}

const event = (entry: Partial<Entry> = {}) =>
  eventFrom(anEntry(entry), { ...context, texts: { consumer: 'anna', note: 'at the door' } })

const recordOf = (entries: readonly Entry[]) =>
  recordEventFrom(
    {
      ...{ first: entries[0]?.sequence ?? 0, last: entries.at(-1)?.sequence ?? 0, at: tenOClock, tellsStock: false },
      entries: JSON.stringify(entries.map((entry) => recordEntry(entry, entry.uid === undefined ? undefined : texts))),
    },
    context,
  )
const texts = { consumer: 'anna' }

/** An event or record with one field another, as `path` names it. */
function changed(given: { headers: Readonly<Record<string, string>>; value: string }, path: string, to: unknown) {
  const data = JSON.parse(given.value) as Record<string, unknown>
  const names = path.split('.')
  let at = data
  for (const name of names.slice(0, -1)) at = at[name] as Record<string, unknown>
  at[names.at(-1) as string] = to
  return historyFrom(given.headers, JSON.stringify(data))
}

describe('what the audit topic tells of the history of a stock', () => {
  it('is one row of all that a decision says', () => {
    const price = { amount: '12.50', currency: 'EUR' }
    const [row] = rowsOf(event({ sequence: 7, unitPrice: price, reservationNamespace: 'cafe', at: afterTen(3) }))
    assert.deepEqual(row, {
      ...{ stock: uid, sequence: 7, namespace: 'shop', name: 'grinder', product: 'coffee grinder' },
      ...{ occasion: 'reservation.reserved', atMs: tenOClock + 3_000, units: 2 },
      ...{ quantity: 5, reserved: 2, confirmed: 0, available: 3, level: 'Normal', price },
      reservation: { namespace: 'cafe', name: 'order', uid: 'uid-order', consumer: 'anna' },
    } satisfies HistoryRow)
  })

  it('is the same of every decision, whether it comes alone or in a record of several', () => {
    const inARow = fc
      .tuple(fc.array(arbitraryEntry, { minLength: 1, maxLength: 10 }), fc.integer({ min: 1, max: 1e15 }))
      .map(([entries, first]) => entries.map((entry, index) => ({ ...entry, sequence: first + index })))
    fc.assert(
      fc.property(inARow, (entries) => {
        const singles = entries.flatMap((entry) =>
          rowsOf(eventFrom(entry, { ...context, texts: entry.uid === undefined ? null : texts })),
        )
        assert.deepEqual(rowsOf(recordOf(entries)), singles)
      }),
    )
  })

  it('keeps what a person has written, but for what no database keeps', () => {
    const given = event()
    const news = changed(given, 'reservation.consumer', `a\0${'😀'.repeat(126)}`)
    assert.equal(news.kind === 'rows' && news.rows[0]?.reservation?.consumer, `a\uFFFD${'😀'.repeat(126)}`)
  })

  it('passes by machines, others, and refusals of stocks that nobody knows', () => {
    for (const type of ['io.kbnt.machine.running.v1', 'io.kbnt.request.completed.v1', 'com.example.order.v1'])
      assert.deepEqual(historyFrom({ ce_type: type }, '?'), { kind: 'other' })
    const { headers, value } = event({ verb: 'Refuse' })
    const unknown = JSON.stringify({ ...JSON.parse(value), balances: null, sequence: 0 })
    assert.deepEqual(historyFrom(headers, unknown), { kind: 'other' })
  })

  it('takes a decision that only a newer operator knows', () => {
    const { headers, value } = event()
    const [row] = rowsOf({ headers: { ...headers, ce_type: 'io.kbnt.stock.audited.v1' }, value })
    assert.equal(row?.occasion, 'stock.audited')
  })

  const wrong: readonly (readonly [path: string, to: unknown, says: RegExp])[] = [
    ['stock', null, /^stock is null, and an object/],
    ['stock.uid', 'uid-grinder', /^stock\.uid is "uid-grinder", and a UUID/],
    ['stock.namespace', '', /^stock\.namespace is ""/],
    ['stock.name', 'n'.repeat(254), /^stock\.name is "nnn/],
    ['stock.product', 3, /^stock\.product is 3/],
    ['sequence', 0, /^sequence is 0, and a whole number from 1/],
    ['sequence', 8, /^eventId is "5f0c3f5e-.*-3", and its stock and sequence say 5f0c3f5e-.*-8$/],
    ['eventId', undefined, /^eventId is undefined/],
    ['timestamp', '2026', /^timestamp is "2026", and a date/],
    ['timestamp', '2026-13-01T00:00:00.000Z', /^timestamp is /],
    ['quantity', -1, /^quantity is -1/],
    ['balances', [], /^balances is \[\], and an object/],
    ['balances.quantity', 1.5, /^balances\.quantity is 1\.5/],
    ['balances.reserved', '2', /^balances\.reserved is "2"/],
    ['balances.confirmed', 2 ** 53, /^balances\.confirmed is /],
    ['balances.available', null, /^balances\.available is null/],
    ['level', 'Full', /^level is "Full", and one of Normal, Low/],
    ['unitPrice', { amount: '1e9', currency: 'EUR' }, /^unitPrice is /],
    ['reservation', 'order', /^reservation is "order", and an object/],
    ['reservation.uid', '', /^reservation\.uid is ""/],
    ['reservation.consumer', 5, /^reservation\.consumer is 5/],
  ]
  for (const [path, to, says] of wrong)
    it(`names the field of an event whose ${path} is ${JSON.stringify(to)?.slice(0, 30)}`, () => {
      const news = changed(event(), path, to)
      assert.match(news.kind === 'unreadable' ? news.reason : JSON.stringify(news), says)
    })

  const wrongRecords: readonly (readonly [path: string, to: unknown, says: RegExp])[] = [
    ['entries', [], /^entries is no list of 1 to 500/],
    ['entries', Array(501).fill({}), /^entries is no list of 1 to 500/],
    ['firstSequence', 2, /^entries\[0\]\.sequence is 3, and 2 was to come/],
    ['entries.1', null, /^entries\[1\] is null/],
    ['entries.1.sequence', 7, /^entries\[1\]\.sequence is 7, and 4 was to come/],
    ['entries.1.type', 'machine.running', /^entries\[1\]\.type is "machine\.running"/],
    ['entries.0.stockQuantity', undefined, /^entries\[0\]\.stockQuantity is not given/],
    ['entries.0.at', 5, /^entries\[0\]\.at is 5/],
    ['entries.0.uid', '', /^entries\[0\]\.uid is ""/],
  ]
  for (const [path, to, says] of wrongRecords)
    it(`names the field of a record whose ${path} is ${JSON.stringify(to)?.slice(0, 30)}`, () => {
      const news = changed(recordOf([anEntry({ sequence: 3 }), anEntry({ sequence: 4 })]), path, to)
      assert.match(news.kind === 'unreadable' ? news.reason : JSON.stringify(news), says)
    })

  it('says of what is no event at all what it lacks', () => {
    const { headers, value } = event()
    const reason = (given: Readonly<Record<string, string>>, text: string) => {
      const news = historyFrom(given, text)
      return news.kind === 'unreadable' ? news.reason : news.kind
    }
    assert.equal(reason({}, value), 'the header ce_type is not there')
    assert.equal(reason(headers, '?'), 'the value is no JSON')
    assert.match(reason(headers, '[]'), /^the value is \[\]/)
    assert.match(reason({ ...headers, ce_type: 'io.kbnt.stock.adjusted.v2' }, value), /ce_type is .*v2, .* version v1/)
  })
})

describe('a value that is nested without end', () => {
  it('is a dead letter, and stops nobody', () => {
    const text = `{"stock":${'['.repeat(5_000)}${']'.repeat(5_000)}}`
    const news = historyFrom({ ce_type: 'io.kbnt.stock.created.v1', ce_id: 'x' }, text)
    assert.deepEqual(news, { kind: 'unreadable', reason: 'the value is nested more than 32 levels deep' })
  })
})
