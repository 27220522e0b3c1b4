import assert from 'node:assert/strict'
import { type EventContext, eventFrom } from '../../../../operator/domain/event/event.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import { anEntry, grinder } from '../../../fixtures/builders.ts'

const context: EventContext = {
  cluster: 'eu-1',
  stock: { ...grinder, product: 'PROD-001' },
  term: 7,
  texts: { consumer: 'ana' },
}

/** As the API server gives a stored object back: its fields by name. */
function storedAndRead<T>(value: T): T {
  if (Array.isArray(value)) return value.map(storedAndRead) as T
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(fields.map(([name, field]) => [name, storedAndRead(field)])) as T
}

function assertSameBytes(entry: Entry): void {
  assert.equal(eventFrom(storedAndRead(entry), context).value, eventFrom(entry, context).value)
}

describe('the event of an entry that was read from a journal', () => {
  const unitPrice = { currency: 'EUR', amount: '9.90' }
  const line = { stockNamespace: 'shop', stock: 'cup', stockUID: 'uid-cup', sequence: 4, quantity: 1, unitPrice }

  it('has the same bytes as before it was stored, for the home entry of a set', () => {
    assertSameBytes(anEntry({ unitPrice, lines: [line, { ...line, stock: 'pot', stockUID: 'uid-pot' }] }))
  })

  it('has the same bytes as before it was stored, for a follower', () => {
    assertSameBytes(anEntry({ unitPrice, follows: { uid: 'uid-home', sequence: 9 } }))
  })

  it('has the same bytes as before it was stored, for a refusal with its shortages', () => {
    const shortages = [{ stockNamespace: 'shop', stock: 'cup', missing: 3 }]
    assertSameBytes(anEntry({ verb: 'Refuse', reason: 'InsufficientStock', shortages }))
  })
})
