import type { OrderNotices } from '../../application/order/order-notices.ts'
import type { RemoteApi } from '../remote-api/remote-api.ts'
import { undecided, unreadable, wordIn } from './word.ts'

const ASKED = 'POST /notifications'
/** The service has read the notice, and will never take it. */
const final: ReadonlySet<number> = new Set([404, 409, 410, 422])

/** A notification service as config/orders/notifications.yaml describes it. */
export function httpOrderNotices(api: RemoteApi): OrderNotices {
  return {
    name: api.name,
    atOnce: api.concurrency,
    async send({ amount, ...notice }, { key, maySend, signal }) {
      const body = JSON.stringify({ ...notice, amount: amount.minor, currency: amount.currency })
      const headers = { 'idempotency-key': key }
      const call = { asker: notice.uid, method: 'POST', path: '/notifications', headers, body, maySend } as const
      const word = wordIn(await api.call(call, signal), ASKED)
      if (word.kind === 'yes')
        return word.fields['uid'] === notice.uid
          ? { kind: 'accepted' }
          : unreadable(`${ASKED} is answered about another order`)
      if (word.kind !== 'no') return word
      if (word.reason === 'InProgress') return { kind: 'unknown', cause: 'InProgress', reason: word.message }
      return final.has(word.status) ? { kind: 'refused', message: word.message } : undecided(word, ASKED)
    },
  }
}
