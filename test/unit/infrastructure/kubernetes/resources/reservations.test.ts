import assert from 'node:assert/strict'
import type { Reservation } from '../../../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import {
  kubernetesReservations,
  type ReservationsParts,
  reservationFromResource,
} from '../../../../../operator/infrastructure/kubernetes/resources/reservations.ts'

const at = '2026-11-22T10:00:00.000Z'
const item = { stockNamespace: 'shop', stock: 'piano', stockUID: 'uid-piano', quantity: 2, sequence: 7 }
const status = {
  ...{ phase: 'Reserved', reason: 'Reserved', sequence: 7, items: [item], reservedAt: at, expiresAt: at },
  conditions: [],
}
const spec = {
  items: [{ stockNamespace: '', stock: 'piano', quantity: 2 }],
  state: 'Reserved',
  waitFor: '0s',
  priority: 0,
}

function anOrder(particular: { status?: object; spec?: object } = {}): Reservation {
  const metadata = { namespace: 'shop', name: 'order', uid: 'uid-order', resourceVersion: '8', creationTimestamp: at }
  return { metadata, spec, status, ...particular } as unknown as Reservation
}

const withStatus = (particular: object) => anOrder({ status: { ...status, ...particular } })
const withItem = (particular: object) => withStatus({ items: [{ ...item, ...particular }] })

describe('reservationFromResource', () => {
  it('reads what was told', () => {
    const reservation = reservationFromResource(anOrder())
    assert.equal(reservation.unreadable, undefined)
    assert.deepEqual(reservation.status, status)
  })

  it('knows one that was made over HTTP from an order with a key', () => {
    const hash = 'a2'.repeat(26).slice(1)
    const made = (name: string, annotations?: object) =>
      reservationFromResource({
        ...anOrder(),
        metadata: { ...anOrder().metadata, name, annotations },
      } as Reservation).keyed
    assert.equal(made(`r-${hash.slice(0, 25)}`, { 'kbnt.io/order-hash': hash }), true)
    assert.equal(made(`r-${hash.slice(0, 25)}`), undefined)
    assert.equal(made('order', { 'kbnt.io/order-hash': hash }), undefined)
  })

  it('adds up two lines that name one stock, and to no more than can be counted', () => {
    const items = ['', 'shop'].map((stockNamespace) => ({ stockNamespace, stock: 'piano', quantity: 2 ** 53 - 1 }))
    assert.deepEqual(reservationFromResource(anOrder({ spec: { ...spec, items } })).spec.items, [
      { stockNamespace: 'shop', stock: 'piano', quantity: 2 ** 53 - 1 },
    ])
  })

  const nonsense: readonly (readonly [Reservation, RegExp])[] = [
    [withStatus({ phase: 'Dreaming' }), /^status\.phase is not one of Pending, .*: "Dreaming"$/],
    [withStatus({ expiresAt: 'soon' }), /^status\.expiresAt is not a time before the year 9000: "soon"$/],
    [withStatus({ reservedAt: '9999-01-01T00:00:00Z' }), /^status\.reservedAt is not a time before the year 9000/],
    [withStatus({ expiresAt: undefined }), /^status\.expiresAt is missing$/],
    [withStatus({ reservedAt: undefined, phase: 'Confirmed' }), /^status\.reservedAt is missing$/],
    [withStatus({ phase: 'Waiting' }), /^status\.waitlist is missing$/],
    [withStatus({ phase: 'Waiting', waitlist: { since: 'once' } }), /^status\.waitlist\.since is not a time/],
    [
      withStatus({ phase: 'Waiting', waitlist: { since: at, until: 'then' } }),
      /^status\.waitlist\.until is not a time/,
    ],
    [withStatus({ sequence: 0.5 }), /^status\.sequence is not a whole number/],
    [withStatus({ sequence: undefined }), /^status\.sequence is missing$/],
    [withStatus({ items: undefined }), /^status\.items\[0\]\.stockUID is missing$/],
    [withStatus({ items: 'all' }), /^status\.items is not a list: "all"$/],
    [withItem({ stockUID: '' }), /^status\.items\[0\]\.stockUID is not a text: ""$/],
    [withItem({ quantity: -2 }), /^status\.items\[0\]\.quantity is not a whole number/],
    [withItem({ sequence: undefined }), /^status\.items\[0\]\.sequence is missing$/],
    [
      withItem({ unitPrice: { amount: '1e9', currency: 'EUR' } }),
      /^status\.items\[0\]\.unitPrice\.amount is not an amount/,
    ],
    [anOrder({ spec: { ...spec, waitFor: 'ages' } }), /^spec\.waitFor is not a time such as/],
  ]
  for (const [resource, why] of nonsense) {
    it(`marks what it can’t read, and knows whose it is: ${why.source.slice(1, 60)}`, () => {
      const reservation = reservationFromResource(resource)
      assert.match(reservation.unreadable ?? '', why)
      assert.equal(reservation.status, undefined)
      assert.deepEqual([reservation.namespace, reservation.name, reservation.uid], ['shop', 'order', 'uid-order'])
      assert.deepEqual(reservation.spec.items, [{ stockNamespace: 'shop', stock: 'piano', quantity: 2 }])
    })
  }

  it('names the stocks that one it can’t read may hold', () => {
    const items = [{ ...item, sequence: -1 }, { stockUID: 7 }, { ...item, stockUID: 'uid-stool' }]
    assert.deepEqual(reservationFromResource(withStatus({ items })).namedStockUids, ['uid-piano', 'uid-stool'])
  })

  it('takes one that is over as it is, though nothing tells what it had', () => {
    const over = { phase: 'Rejected', reason: 'NeverFits', message: '', summary: '', stock: '', conditions: [] }
    assert.deepEqual(reservationFromResource(anOrder({ status: over })).status, over)
  })
})

describe('kubernetesReservations', () => {
  it('hands on the date of the answer to a deletion, by which the clock is judged', async () => {
    const dates: (number | undefined)[] = []
    const client = { delete: async () => ({ body: {}, date: 1_000 }) } as unknown as ReservationsParts['client']
    const cache = { get: () => undefined, list: () => [], byIndex: () => [] }
    const reservations = kubernetesReservations({ client, cache, onServerDate: (date) => void dates.push(date) })
    assert.equal(await reservations.remove(reservationFromResource(anOrder())), 'removed')
    assert.deepEqual(dates, [1_000])
  })
})
