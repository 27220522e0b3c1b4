import assert from 'node:assert/strict'
import { messageAfter, nameFrom, type TellFacts } from '../../../../operator/domain/reservation/message.ts'
import type { RefusedLine } from '../../../../operator/domain/reservation/refused-line.ts'
import type { Reason, ReservationStatus } from '../../../../operator/domain/reservation/reservation.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { afterTen, anEntry, aReservation, grinder, minuteMs, someTerms, tenOClock } from '../../../fixtures/builders.ts'

const waitForMs = 15 * minuteMs
const one: TellFacts = { reservation: aReservation({ spec: { waitForMs } }), home: grinder, consumed: true }
const two: TellFacts = {
  ...one,
  reservation: aReservation({
    spec: {
      waitForMs,
      items: [
        { stockNamespace: 'roastery', stock: 'beans', quantity: 3 },
        { stockNamespace: 'shop', stock: 'grinder', quantity: 2 },
      ],
    },
  }),
}
const { waitlist } = someTerms()

/** Refused by terms of the stock in its only line. */
function byTerms(particular: Partial<StockTerms>, line: Partial<RefusedLine> = {}): TellFacts {
  const reservation = aReservation({ spec: { consumer: 'ana', waitForMs: 120 * minuteMs, priority: 9 } })
  const request = { quantity: 2, ttlMs: 15 * minuteMs }
  return {
    ...one,
    reservation,
    refused: { stock: 'grinder', request, terms: someTerms(particular), consumerHas: 0, ...line },
  }
}

const shortages = [
  { stockNamespace: 'roastery', stock: 'beans', missing: 1 },
  { stockNamespace: 'shop', stock: 'grinder', missing: 2 },
]
const grinderLine = { stockNamespace: 'shop', stock: 'grinder' }
const some = [{ stockNamespace: 'shop', stock: 'grinder', missing: 2 }]
const wait = { verb: 'Wait', reason: 'WaitingForStock', available: 0, shortages: some } as const
const refused = (reason: Reason, more: Partial<Entry> = {}): Partial<Entry> => ({ verb: 'Refuse', reason, ...more })
const beforeLunch = { position: 2, nextExpiry: Date.parse('2026-11-22T10:09:12Z') }

const messages: readonly [Partial<Entry>, TellFacts, string][] = [
  [{ deadline: '2026-11-22T14:45:00.000Z' }, one, '2 of grinder held until 14:45:00Z'],
  [{ deadline: '2026-11-23T09:45:00.000Z' }, one, '2 of grinder held until 2026-11-23 09:45:00Z'],
  [{ deadline: afterTen(900) }, two, '3 of roastery/beans, 2 of grinder held until 10:15:00Z'],
  [{ verb: 'Extend', deadline: afterTen(1_800) }, one, '2 of grinder held until 10:30:00Z'],
  [
    { verb: 'Extend', deadline: afterTen(1_800) },
    { ...one, cut: "cut to grinder's longest hold, 30m" },
    "2 of grinder held until 10:30:00Z (cut to grinder's longest hold, 30m)",
  ],
  [{ verb: 'Confirm' }, one, '2 of grinder sold'],
  [{ verb: 'Confirm' }, { ...one, consumed: false }, '2 of grinder in use'],
  [{ verb: 'Release', reason: 'ReleasedByClient' }, one, '2 of grinder given back'],
  [{ verb: 'Return', reason: 'ReleasedByClient' }, one, '2 of grinder given back'],
  [{ verb: 'Release', reason: 'ReleasedByClient', quantity: 0 }, one, 'released before it was held'],
  [{ verb: 'Expire', reason: 'HoldExpired' }, one, 'the hold ran out; 2 of grinder given back'],
  [
    { verb: 'Expire', reason: 'ConfirmedTooLate' },
    one,
    'confirmed too late: the hold ran out; 2 of grinder given back',
  ],
  [
    wait,
    { ...one, ...beforeLunch },
    'waiting for 2 of grinder: 0 of 5 available, 2nd in line; the next hold runs out at 10:09:12Z',
  ],
  [
    wait,
    { ...one, nextExpiry: Date.parse('2026-12-01T00:00:00Z') },
    'waiting for 2 of grinder: 0 of 5 available; the next hold runs out at 2026-12-01 00:00:00Z',
  ],
  [wait, { ...one, position: 4 }, 'waiting for 2 of grinder: 0 of 5 available, 4th in line'],
  [wait, one, 'waiting for 2 of grinder: 0 of 5 available'],
  [
    { ...wait, deadline: afterTen(3_600) },
    { ...one, reservation: aReservation({ spec: { waitForMs: 60 * minuteMs } }) },
    'waiting for 2 of grinder: 0 of 5 available',
  ],
  [
    { ...wait, deadline: afterTen(3_600) },
    { ...one, reservation: aReservation({ spec: { waitForMs: 120 * minuteMs } }) },
    'waiting for 2 of grinder: 0 of 5 available; waits until 11:00:00Z, as waitFor said when it came',
  ],
  [
    { ...wait, shortages },
    two,
    'waiting for 3 of roastery/beans, 2 of grinder: 1 of roastery/beans missing, 2 of grinder missing',
  ],
  [{ ...wait, shortages: [] }, two, 'waiting for 3 of roastery/beans, 2 of grinder: others are ahead'],
  [
    refused('InsufficientStock', { available: 1, shortages: [{ ...grinderLine, missing: 1 }] }),
    one,
    'needs 2 of grinder, 1 available',
  ],
  [
    refused('InsufficientStock', { shortages: some }),
    two,
    'needs 3 of roastery/beans, 2 of grinder; 2 of grinder missing',
  ],
  [
    refused('InsufficientStock', { available: 48, shortages: some }),
    one,
    'needs 2 of grinder, 48 available, all promised to reservations of several stocks that are being decided; try again in a moment',
  ],
  [
    refused('InsufficientStock', { available: 48, shortages: [{ ...grinderLine, missing: 1 }] }),
    one,
    'needs 2 of grinder, 48 available, 47 of them promised to reservations of several stocks that are being decided; try again in a moment',
  ],
  [
    { ...wait, available: 5 },
    one,
    'waiting for 2 of grinder: 5 of 5 available, all promised to reservations of several stocks that are being decided',
  ],
  [refused('InsufficientStock'), one, 'needs 2 of grinder, 3 available, but others wait in line before it'],
  [refused('InsufficientStock'), two, 'needs 3 of roastery/beans, 2 of grinder, but others wait in line before it'],
  [
    refused('NeverFits'),
    byTerms({ quantity: 1 }),
    'needs 2 of grinder, more than grinder can ever hand out: at most 1; ask for less',
  ],
  [
    refused('NeverFits'),
    byTerms({ quantity: 4, safetyStock: 3 }),
    'needs 2 of grinder, more than grinder can ever hand out: at most 1 (4 less 3 safety stock); ask for less',
  ],
  [
    refused('NeverFits'),
    byTerms({ quantity: 3, safetyStock: 5 }),
    'needs 2 of grinder, more than grinder can ever hand out: nothing, for of its 3 it keeps 5 as safety stock',
  ],
  [
    refused('NeverFits'),
    byTerms({ quantity: 0 }),
    'needs 2 of grinder, more than grinder can ever hand out: it has none',
  ],
  [refused('NeverFits'), one, 'needs 2 of grinder, more than grinder can ever hand out'],
  [refused('WaitTimedOut', { at: afterTen(250), available: 1 }), one, 'waited 4m10s for 2 of grinder; 1 available'],
  [
    refused('WaitTimedOut', { at: afterTen(60), shortages: some }),
    two,
    'waited 1m for 3 of roastery/beans, 2 of grinder; 2 of grinder missing',
  ],
  [refused('StockPaused'), one, 'grinder is paused and hands nothing out; set waitFor to wait until it goes on'],
  [refused('StockTerminating'), one, 'grinder is being deleted and hands nothing out any more'],
  [
    refused('StockNotShared'),
    { ...one, reservation: aReservation({ namespace: 'cafe' }) },
    'shop/grinder is not shared with namespace cafe; its owner can add that to spec.allowedNamespaces',
  ],
  [
    refused('WaitlistFull'),
    byTerms({ waitlist: { ...waitlist, maxLength: 7 } }),
    'the waiting list of grinder is full: 7 are waiting; try again later',
  ],
  [
    refused('WaitlistFull'),
    byTerms({ waitlist: { ...waitlist, maxLength: 1 } }),
    'the waiting list of grinder is full: 1 is waiting; try again later',
  ],
  [
    refused('WaitlistFull'),
    byTerms({ waitlist: { ...waitlist, maxLength: 0 } }),
    'the waiting list of grinder is full: nobody may wait; try again later',
  ],
  [refused('WaitlistFull'), one, 'the waiting list of grinder is full; try again later'],
  [
    refused('LimitPerReservation'),
    byTerms({ limits: { perReservation: 1 } }),
    'asks for 2 of grinder, more than one reservation may have: at most 1',
  ],
  [refused('LimitPerReservation'), one, 'asks for 2 of grinder, more than one reservation may have'],
  [
    refused('LimitPerConsumer'),
    byTerms({ limits: { perConsumer: 1 } }),
    'ana asks for 2 of grinder, more than one consumer may have: at most 1',
  ],
  [
    refused('LimitPerConsumer'),
    byTerms({ limits: { perConsumer: 3 } }, { consumerHas: 2 }),
    'ana has 2 of grinder and asks for another 2, more than one consumer may have: at most 3',
  ],
  [
    refused('LimitPerConsumer'),
    byTerms({ limits: { perConsumer: 4 } }, { consumerHas: 2 }),
    'ana asks for 2 of grinder, more than one consumer may have: at most 4',
  ],
  [
    refused('HoldTooLong'),
    byTerms({}, { request: { quantity: 2, ttlMs: 30 * 60 * minuteMs } }),
    "its ttl of 30h is longer than grinder's longest hold: at most 24h",
  ],
  [
    refused('WaitTooLong'),
    byTerms({ waitlist: { ...waitlist, maxWaitMs: 60 * minuteMs } }),
    "its waitFor of 2h is longer than grinder's longest wait: at most 1h",
  ],
  [
    refused('PriorityTooHigh'),
    byTerms({ waitlist: { ...waitlist, maxPriority: 3 } }),
    "its priority 9 is above grinder's highest: at most 3",
  ],
  [refused('StockGone'), one, 'a stock of it was deleted'],
  [
    refused('StockNotFound'),
    { ...two, absent: ['roastery/beans', 'shop/grinder'] },
    'there is no stock roastery/beans, shop/grinder; create it, then create a new reservation',
  ],
  [refused('StockBusy'), one, 'not decided yet'],
]

describe('messageAfter', () => {
  for (const [entry, facts, want] of messages) {
    it(`says "${want}"`, () => assert.equal(messageAfter(anEntry(entry), facts, undefined), want))
  }

  it('says that a hold was given back of which the home had no units', () => {
    const before = { reservedAt: afterTen(0) } as ReservationStatus
    const entry = anEntry({ verb: 'Release', quantity: 0 })
    assert.equal(messageAfter(entry, one, before), '2 of grinder given back')
  })

  it('counts places as people do', () => {
    const places = [1, 2, 3, 4, 10, 11, 12, 13, 20, 21, 22, 23, 101, 111, 112, 113]
    assert.deepEqual(
      places.map((position) => messageAfter(anEntry(wait), { ...one, position }, undefined).split(', ')[1]),
      [
        ...['1st', '2nd', '3rd', '4th', '10th', '11th', '12th', '13th', '20th', '21st', '22nd', '23rd'],
        ...['101st', '111th', '112th', '113th'],
      ].map((place) => `${place} in line`),
    )
  })

  it('says the time of an entry without a deadline for its end', () => {
    const { deadline: _, ...entry } = anEntry({ at: new Date(tenOClock).toISOString() })
    assert.equal(messageAfter(entry, one, undefined), '2 of grinder held until 10:00:00Z')
  })
})

describe('nameFrom', () => {
  it('is bare at home and with its namespace from elsewhere', () => {
    assert.equal(nameFrom('shop', { stockNamespace: 'shop', stock: 'grinder' }), 'grinder')
    assert.equal(nameFrom('cafe', { stockNamespace: 'shop', stock: 'grinder' }), 'shop/grinder')
  })
})
