import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Behaviour } from '../../hack/quickstart/order-services/behaviour.ts'
import { methods, standIn } from '../../hack/quickstart/order-services/stand-in.ts'
import { systemClock } from '../../operator/infrastructure/clock/system-clock.ts'
import { httpOrderNotices } from '../../operator/infrastructure/orders/http-order-notices.ts'
import { httpPaymentProvider } from '../../operator/infrastructure/orders/http-payment-provider.ts'
import { httpUserCheck } from '../../operator/infrastructure/orders/http-user-check.ts'
import { noCredentials } from '../../operator/infrastructure/remote-api/credentials.ts'
import { remoteApi } from '../../operator/infrastructure/remote-api/remote-api.ts'
import { orderNoticesContract } from './order-notices.contract.ts'
import { paymentDoubtsContract } from './payment-doubts.contract.ts'
import { paymentProviderContract } from './payment-provider.contract.ts'
import { aCall, aPayment, keyWindowMs, type PaymentProviderUnderTest, timeoutMs } from './payments-under-test.ts'
import { userCheckContract } from './user-check.contract.ts'

/** Longer than whatever is waited for here takes. */
const LONGEST_PAUSE_MS = timeoutMs * 2 + 50

/** The stand-in behind a real server, and a way to it. */
async function served(name: string, now: () => number = Date.now) {
  const side = await standIn({ now })
  const breaker = { failures: 1_000, openMs: 60_000 } // many calls fail here
  const api = remoteApi(
    { name, url: side.url, timeoutMs, concurrency: 4, breaker },
    { clock: systemClock(), credentials: noCredentials, onState: () => undefined, onCall: () => undefined },
  )
  return {
    ...{ api, side },
    behave(behaviour: Behaviour) {
      side.behave = () => behaviour
    },
    async close() {
      await api.close()
      await side.close()
    },
  }
}

async function httpPayments(): Promise<PaymentProviderUnderTest> {
  let passed = 0
  const { api, side, behave, close } = await served('acme', () => Date.now() + passed)
  return {
    provider: httpPaymentProvider(api, { name: 'acme', moves: 'twice', keyWindowMs, longestCallMs: 60_000 }),
    ...{ behave, close, payments: side.payments },
    async pass(ms) {
      passed += ms
      await pause(Math.min(ms, LONGEST_PAUSE_MS))
    },
  }
}

paymentProviderContract('a provider over HTTP', httpPayments)
paymentDoubtsContract('a provider over HTTP', httpPayments)

userCheckContract(
  'a user service over HTTP',
  async () => {
    const { api, behave, close } = await served('users')
    return { check: httpUserCheck(api), behave, close }
  },
  { refuses: true },
)

orderNoticesContract('a notification service over HTTP', async () => {
  const { api, side, behave, close } = await served('notices')
  return { notices: httpOrderNotices(api), sent: side.notices, behave, close }
})

describe('the stand-in for services of a shop', () => {
  it('has ways to pay that go wrong, and takes the money once all the same', async () => {
    const { api, side, close } = await served('acme')
    const terms = { moves: 'twice', keyWindowMs, longestCallMs: 60_000 } as const
    const provider = httpPaymentProvider(api, { name: 'acme', ...terms })
    const charge = (method: string) => provider.charge(aPayment(method, { method }), aCall(method))
    assert.equal((await charge(methods.declined)).kind, 'declined')
    for (const method of [methods.lost, methods.lost, methods.slow, methods.slow])
      assert.equal((await charge(method)).kind, 'unknown')
    assert.deepEqual(
      side.payments().map(({ reference, state }) => [reference, state]),
      [
        [methods.declined, 'declined'],
        [methods.lost, 'taken'],
        [methods.slow, 'taken'],
      ],
    )
    await close()
  })
})
