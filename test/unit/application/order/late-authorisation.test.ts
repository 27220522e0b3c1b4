import assert from 'node:assert/strict'
import type { PaymentProvider } from '../../../../operator/application/order/payment-provider.ts'
import { orderWorld } from '../../../fakes/order-world.ts'

/** It authorises what it has acknowledged as voided, and answers a key that it knows as it did before, doing nothing. */
function forgetfulProvider() {
  const known = new Set<string>()
  const voids: string[] = []
  let isAuthorised = false
  const methods: Pick<PaymentProvider, 'authorise' | 'void' | 'find'> = {
    authorise: async (_, { maySend }) =>
      maySend() ? { kind: 'unknown', cause: 'TimedOut', reason: 'no answer' } : notSent,
    async void(_, { key, maySend }) {
      if (!maySend()) return notSent
      if (!known.has(key)) isAuthorised = false
      known.add(key)
      voids.push(key.slice(-2))
      return { kind: 'voided' }
    },
    async find(reference) {
      if (!isAuthorised) return { kind: 'none' }
      const amount = { minor: 69_800, currency: 'EUR' }
      return { kind: 'found', payment: { reference, providerReference: 'pay-1', amount, state: 'authorised', at: 0 } }
    },
  }
  return {
    voids,
    wrap: <T extends object>(port: T): T => ('capture' in port ? { ...port, ...methods } : port),
    isAuthorised: () => isAuthorised,
    authorise() {
      isAuthorised = true
    },
  }
}

const notSent = { kind: 'notSent', cause: 'Breaker', reason: 'its breaker is open' } as const

describe('orders of a provider that authorises what it has voided', () => {
  it('are voided once more under the next key, with few writes', async () => {
    const provider = forgetfulProvider()
    const world = orderWorld({ moves: 'twice', wrap: provider.wrap })
    await world.run(30_000)
    world.edit('order-1', { spec: { ...world.stored().spec, cancel: true } })
    await world.run(20_000)
    assert.deepEqual([world.phase(), provider.voids], ['Cancelled/CancelledByClient', ['/1']])
    provider.authorise()
    const before = world.orders.writes.length
    await world.run(200_000)
    assert.deepEqual(
      [world.phase(), provider.voids, provider.isAuthorised()],
      ['Cancelled/LateCharge', ['/1', '/2'], false],
    )
    assert.ok(world.orders.writes.length - before < 8, `${world.orders.writes.length - before} writes`)
  })
})
