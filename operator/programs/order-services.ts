import type { OrderServices } from '../application/order/make-call.ts'
import type { PaymentProvider } from '../application/order/payment-provider.ts'
import { everybodyIsValid, nobodyIsTold, paymentByTheBook } from '../infrastructure/orders/by-the-book.ts'
import { httpOrderNotices } from '../infrastructure/orders/http-order-notices.ts'
import { httpPaymentProvider } from '../infrastructure/orders/http-payment-provider.ts'
import { httpUserCheck } from '../infrastructure/orders/http-user-check.ts'
import type { RemoteApi } from '../infrastructure/remote-api/remote-api.ts'
import type { OrderServiceSettings, OrderSettings } from '../infrastructure/settings/order-settings.ts'
import { type CalledApiParts, calledApi } from './called-api.ts'

export interface CalledOrderServices extends OrderServices {
  /** Ends connections, and with them the calls that are under way: what came of those is unknown. */
  close(): Promise<void>
}

/** Beyond that many of one service, whoever calls is told at once that it was not sent. */
const MAX_WAITING = 1_000

/** The services as settings name them. */
export function orderServices(
  { users, payments, notifications }: OrderSettings,
  parts: CalledApiParts,
): CalledOrderServices {
  const apis: RemoteApi[] = []
  /** Undefined: nobody is asked. */
  const apiOf = (name: string, { adapter, url, ...others }: OrderServiceSettings): RemoteApi | undefined => {
    if (adapter === 'none' || url === undefined) return undefined
    const api = calledApi({ ...others, name, url, maxWaiting: MAX_WAITING }, parts)
    apis.push(api)
    return api
  }
  const [userApi, noticeApi] = [apiOf('users', users), apiOf('notifications', notifications)]
  const providers = Object.entries(payments).map(([name, settings]): [string, PaymentProvider] => {
    const api = apiOf(`payments/${name}`, settings)
    return [name, api ? httpPaymentProvider(api, { ...settings, name }) : paymentByTheBook(name)]
  })
  return {
    users: userApi ? httpUserCheck(userApi) : everybodyIsValid,
    payments: new Map(providers),
    notices: noticeApi ? httpOrderNotices(noticeApi) : nobodyIsTold,
    async close() {
      await Promise.all(apis.map((api) => api.close()))
    },
  }
}
