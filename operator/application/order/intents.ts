import type { Order } from '../../domain/order/order.ts'
import { type PaymentStatus, SEND_WITHIN_MS } from '../../domain/order/payment.ts'
import { type Clock, msBetween, type Tick } from '../clock.ts'

type Stored = Pick<PaymentStatus, 'intent'> | undefined

/**
 * What this process has stored as about to be sent, and not sent yet. Counted by the steady clock, from before it was
 * stored: a process that was frozen knows that it must not send what another one may have sent and ended meanwhile.
 */
export interface Intents {
  /** Before it is stored. */
  about(order: Order, payment: Stored): void
  /** Whether what is stored may be sent, by us, now. */
  sendable(order: Order): boolean
  /** Whether nothing was ever sent under the key that is stored: this process has stored it first, and sent none of it. */
  neverSent(order: Order): boolean
  /** Says, until the last moment, whether it may be sent; for one call. Nobody may send it after that. Who is told yes may have sent it. */
  take(order: Order): () => boolean
  forget(uid: string): void
}

export function intents(clock: Pick<Clock, 'tick'>, leading: () => boolean): Intents {
  const stored = new Map<string, { readonly id: string; readonly at: Tick }>()
  /** The last intent under a key of which nothing was sent, by the uid of its order. */
  const unsent = new Map<string, string>()
  const idOf = (payment: Stored) =>
    payment?.intent && `${payment.intent.key} ${payment.intent.tries} ${payment.intent.at}`
  const isFresh = (at: Tick) => leading() && msBetween(at, clock.tick()) < SEND_WITHIN_MS
  const neverSent = ({ uid, status }: Order) => {
    const id = idOf(status?.payment)
    return id !== undefined && unsent.get(uid) === id && leading()
  }

  return {
    about(order, payment) {
      const id = idOf(payment)
      const before = order.status?.payment
      if (id === undefined || id === idOf(before)) return
      const isSame = before?.intent?.key === payment?.intent?.key
      const isFirst = !isSame && payment?.intent?.tries === 1
      if (isFirst || (isSame && neverSent(order))) unsent.set(order.uid, id)
      else unsent.delete(order.uid)
      stored.set(order.uid, { id, at: clock.tick() })
    },
    sendable({ uid, status }) {
      const own = stored.get(uid)
      return own !== undefined && own.id === idOf(status?.payment) && isFresh(own.at)
    },
    neverSent,
    take({ uid }) {
      const own = stored.get(uid)
      stored.delete(uid)
      return () => {
        if (own === undefined || !isFresh(own.at)) return false
        unsent.delete(uid)
        return true
      }
    },
    forget(uid) {
      stored.delete(uid)
      unsent.delete(uid)
    },
  }
}
