import { noticeDesk } from '../../hack/quickstart/order-services/notice-desk.ts'
import { userDesk } from '../../hack/quickstart/order-services/user-desk.ts'
import { everybodyIsValid, nobodyIsTold } from '../../operator/infrastructure/orders/by-the-book.ts'
import { httpOrderNotices } from '../../operator/infrastructure/orders/http-order-notices.ts'
import { httpUserCheck } from '../../operator/infrastructure/orders/http-user-check.ts'
import { fakeClock } from '../fakes/fake-clock.ts'
import { inMemoryApi } from '../fakes/in-memory-api.ts'
import { inMemoryPayments } from '../fakes/in-memory-payments.ts'
import { orderNoticesContract } from './order-notices.contract.ts'
import { paymentDoubtsContract } from './payment-doubts.contract.ts'
import { paymentProviderContract } from './payment-provider.contract.ts'
import { hastyMs, keyWindowMs, type PaymentProviderUnderTest } from './payments-under-test.ts'
import { userCheckContract, whyNot } from './user-check.contract.ts'

async function providerInMemory(): Promise<PaymentProviderUnderTest> {
  const clock = fakeClock()
  const { provider, api, payments } = inMemoryPayments({
    ...{ name: 'acme', moves: 'twice', keyWindowMs, longestCallMs: 60_000 },
    ...{ clock, timeoutMs: hastyMs, oncePerReference: true },
  })
  return {
    ...{ provider, payments, hasty: provider },
    behave(behaviour) {
      api.behave = () => behaviour
    },
    pass: clock.advance,
    close: api.close,
  }
}

paymentProviderContract('a provider in memory', providerInMemory)
paymentDoubtsContract('a provider in memory', providerInMemory)

userCheckContract(
  'a user service in memory',
  async () => {
    const api = inMemoryApi({ name: 'users', service: userDesk(whyNot), clock: fakeClock(), timeoutMs: hastyMs })
    return {
      check: httpUserCheck(api),
      behave(behaviour) {
        api.behave = () => behaviour
      },
      close: api.close,
    }
  },
  { refuses: true },
)
userCheckContract('no user service', async () => ({ check: everybodyIsValid, close: async () => undefined }), {
  refuses: false,
})

orderNoticesContract('a notification service in memory', async () => {
  const clock = fakeClock()
  const desk = noticeDesk({ now: clock.now, windowMs: keyWindowMs })
  const api = inMemoryApi({ name: 'notices', service: desk.service, clock, timeoutMs: hastyMs })
  return {
    notices: httpOrderNotices(api),
    sent: desk.notices,
    behave(behaviour) {
      api.behave = () => behaviour
    },
    close: api.close,
  }
})
orderNoticesContract('no notification service', async () => ({ notices: nobodyIsTold, close: async () => undefined }))
