import { setTimeout as pause } from 'node:timers/promises'
import { noticeDesk } from '../../hack/quickstart/order-services/notice-desk.ts'
import { paymentDesk } from '../../hack/quickstart/order-services/payment-desk.ts'
import type { Service } from '../../hack/quickstart/order-services/service.ts'
import { serviceServer } from '../../hack/quickstart/order-services/service-server.ts'
import { userDesk } from '../../hack/quickstart/order-services/user-desk.ts'
import { systemClock } from '../../operator/infrastructure/clock/system-clock.ts'
import { httpOrderNotices } from '../../operator/infrastructure/orders/http-order-notices.ts'
import { httpPaymentProvider } from '../../operator/infrastructure/orders/http-payment-provider.ts'
import { httpUserCheck } from '../../operator/infrastructure/orders/http-user-check.ts'
import { noCredentials } from '../../operator/infrastructure/remote-api/credentials.ts'
import { remoteApi } from '../../operator/infrastructure/remote-api/remote-api.ts'
import { orderNoticesContract } from './order-notices.contract.ts'
import { paymentDoubtsContract } from './payment-doubts.contract.ts'
import { paymentProviderContract } from './payment-provider.contract.ts'
import { keyWindowMs, type PaymentProviderUnderTest, paymentTerms, timeoutMs } from './payments-under-test.ts'
import { userCheckContract, whyNot } from './user-check.contract.ts'

/** Longer than whatever is waited for here takes. */
const LONGEST_PAUSE_MS = timeoutMs * 2 + 50

/** A service behind a real server, and a way to it. */
async function served(name: string, services: Readonly<Record<string, Service>>) {
  const server = await serviceServer(services)
  const breaker = { failures: 1_000, openMs: 60_000 } // many calls fail here
  const api = remoteApi(
    { name, url: server.url, timeoutMs, concurrency: 4, breaker },
    { clock: systemClock(), credentials: noCredentials, onState: () => undefined, onCall: () => undefined },
  )
  return {
    api,
    behave(behaviour: ReturnType<typeof server.behave>) {
      server.behave = () => behaviour
    },
    async close() {
      await api.close()
      await server.close()
    },
  }
}

async function httpPayments(): Promise<PaymentProviderUnderTest> {
  let passed = 0
  const desk = paymentDesk(paymentTerms(() => Date.now() + passed))
  const { api, behave, close } = await served('acme', { payments: desk.service })
  return {
    provider: httpPaymentProvider(api, { name: 'acme', moves: 'twice', keyWindowMs, longestCallMs: 60_000 }),
    ...{ behave, close, payments: desk.payments },
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
    const { api, ...others } = await served('users', { 'user-check': userDesk(whyNot) })
    return { check: httpUserCheck(api), ...others }
  },
  { refuses: true },
)

orderNoticesContract('a notification service over HTTP', async () => {
  const desk = noticeDesk({ now: Date.now, windowMs: keyWindowMs })
  const { api, ...others } = await served('notices', { notifications: desk.service })
  return { notices: httpOrderNotices(api), sent: desk.notices, ...others }
})
