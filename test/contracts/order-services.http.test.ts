import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Behaviour } from '../../hack/quickstart/order-services/behaviour.ts'
import { methods, standIn } from '../../hack/quickstart/order-services/stand-in.ts'
import { systemClock } from '../../operator/infrastructure/clock/system-clock.ts'
import { httpOrderNotices } from '../../operator/infrastructure/orders/http-order-notices.ts'
import { httpPaymentProvider } from '../../operator/infrastructure/orders/http-payment-provider.ts'
import { httpUserCheck } from '../../operator/infrastructure/orders/http-user-check.ts'
import { noCredentials } from '../../operator/infrastructure/remote-api/credentials.ts'
import { type RemoteApi, remoteApi } from '../../operator/infrastructure/remote-api/remote-api.ts'
import { orderNoticesContract } from './order-notices.contract.ts'
import { paymentDoubtsContract } from './payment-doubts.contract.ts'
import { paymentProviderContract } from './payment-provider.contract.ts'
import { aCall, aPayment, hastyMs, keyWindowMs, type PaymentProviderUnderTest } from './payments-under-test.ts'
import { userCheckContract } from './user-check.contract.ts'

const terms = { name: 'acme', moves: 'twice', keyWindowMs, longestCallMs: 60_000 } as const

const PATIENT_MS = 60_000
/** Longer than whatever is waited for here takes. */
const LONGEST_PAUSE_MS = hastyMs * 2 + 50

function apiAt(url: string, timeoutMs: number): RemoteApi {
  const breaker = { failures: 1_000, openMs: 60_000 } // many calls fail here
  return remoteApi(
    { name: 'stand-in', url, timeoutMs, concurrency: 4, breaker },
    { clock: systemClock(), credentials: noCredentials, onState: () => undefined, onCall: () => undefined },
  )
}

/** The stand-in behind a real server, and two ways to it. */
async function served(now: () => number = Date.now) {
  const side = await standIn({ now })
  const [api, hasty] = [apiAt(side.url, PATIENT_MS), apiAt(side.url, hastyMs)]
  return {
    ...{ api, hasty, side },
    behave(behaviour: Behaviour) {
      side.behave = () => behaviour
    },
    async close() {
      await Promise.all([api.close(), hasty.close()])
      await side.close()
    },
  }
}

async function httpPayments(): Promise<PaymentProviderUnderTest> {
  let passed = 0
  const { api, hasty, side, behave, close } = await served(() => Date.now() + passed)
  return {
    ...{ provider: httpPaymentProvider(api, terms), hasty: httpPaymentProvider(hasty, terms) },
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
    const { api, behave, close } = await served()
    return { check: httpUserCheck(api), behave, close }
  },
  { refuses: true },
)

orderNoticesContract('a notification service over HTTP', async () => {
  const { api, side, behave, close } = await served()
  return { notices: httpOrderNotices(api), sent: side.notices, behave, close }
})

describe('the stand-in for services of a shop', () => {
  it('has ways to pay that go wrong, and takes the money once all the same', async () => {
    const { api, hasty, side, close } = await served()
    const charge = (method: string) => {
      const provider = httpPaymentProvider(method === methods.slow ? hasty : api, terms)
      return provider.charge(aPayment(method, { method }), aCall(method))
    }
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
