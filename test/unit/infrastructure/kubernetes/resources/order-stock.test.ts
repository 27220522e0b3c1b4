import assert from 'node:assert/strict'
import type { ResourceClient } from '../../../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from '../../../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import { orderStock } from '../../../../../operator/infrastructure/kubernetes/resources/order-stock.ts'
import { aHold, anOrder, holdName, orderUid } from '../../../../fixtures/order-builders.ts'

const hour = 3_600_000
const order = anOrder()

/** The reservation of `anOrder()`, with these labels. */
function stored(labels: Readonly<Record<string, string>>): Reservation {
  return {
    metadata: { namespace: 'shop', name: holdName, uid: 'uid-1', labels, annotations: { 'kbnt.io/order': 'order-1' } },
    spec: {
      items: [{ stockNamespace: '', stock: 'espresso-machine', quantity: 2 }],
      ...{ state: 'Confirmed', consumer: 'ana', waitFor: '0s', priority: 0 },
    },
  }
}

interface Place {
  readonly there?: Reservation
  readonly policies?: Readonly<Record<string, 'Consume' | 'Return'>>
}

function aPlace({ there, policies = {} }: Place) {
  const specs: object[] = []
  const client = {
    async mergePatch(_: string, __: string, { spec }: { readonly spec: object }) {
      specs.push(spec)
      return { body: stored({}) }
    },
  } as unknown as ResourceClient<Reservation>
  const stock = orderStock({
    client,
    cache: { get: () => there } as unknown as Parameters<typeof orderStock>[0]['cache'],
    stocks: {
      get: (key: string) => (key in policies ? ({ spec: { reclaimPolicy: policies[key] } } as never) : undefined),
    },
  })
  return { stock, specs }
}

describe('orderStock', () => {
  it('writes a hold of any length as the schema takes it', async () => {
    const { stock, specs } = aPlace({})
    for (const ms of [15 * 60_000, 90_500, 300 * hour, 20_000 * hour]) await stock.extend(aHold(), ms)
    assert.deepEqual(specs, [{ ttl: '0h900s' }, { ttl: '0h91s' }, { ttl: '300h0s' }, { ttl: '8760h0s' }])
  })

  const lent: readonly [what: string, policies: NonNullable<Place['policies']>, want: boolean | undefined][] = [
    ['of a stock that is sold', { 'shop/espresso-machine': 'Consume' }, false],
    ['of a stock that is lent', { 'shop/espresso-machine': 'Return' }, true],
    ['of a stock that was never seen', {}, undefined],
  ]
  for (const [what, policies, want] of lent)
    it(`knows of units ${what} whether they come back: ${want}`, () => {
      const { spec, ...hold } = aHold()
      const items = [{ stockNamespace: 'shop', stock: 'espresso-machine', quantity: 2 }]
      assert.equal(aPlace({ policies }).stock.lends({ ...hold, spec: { ...spec, items } }), want)
    })

  it('finds the reservation of an order, also when somebody has taken its mark off', () => {
    for (const labels of [{ 'kbnt.io/order-uid': orderUid }, {}])
      assert.equal(aPlace({ there: stored(labels) }).stock.find(order)?.ours, true)
  })

  it('takes none for its own that is marked for another, or holds something else', () => {
    const other = aPlace({ there: stored({ 'kbnt.io/order-uid': 'another' }) })
    assert.equal(other.stock.find(order)?.ours, false)
    const { spec, ...rest } = stored({})
    const items = [{ stockNamespace: '', stock: 'espresso-machine', quantity: 1 }]
    assert.equal(aPlace({ there: { ...rest, spec: { ...spec, items } } }).stock.find(order)?.ours, false)
  })

  it('gives nothing back for an order that is gone that is not marked for it', () => {
    const { namespace, name, uid } = order
    assert.equal(aPlace({ there: stored({}) }).stock.find({ namespace, name, uid })?.ours, false)
  })
})
