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
  /** Says, until the last moment, whether it may be sent; for one call. Nobody may send it after that. */
  take(order: Order): () => boolean
  forget(uid: string): void
}

export function intents(clock: Pick<Clock, 'tick'>, leading: () => boolean): Intents {
  const stored = new Map<string, { readonly id: string; readonly at: Tick }>()
  const idOf = (payment: Stored) => payment?.intent && `${payment.intent.key} ${payment.intent.tries}`
  const isFresh = (at: Tick) => leading() && msBetween(at, clock.tick()) < SEND_WITHIN_MS

  return {
    about(order, payment) {
      const id = idOf(payment)
      if (id !== undefined && id !== idOf(order.status?.payment)) stored.set(order.uid, { id, at: clock.tick() })
    },
    sendable({ uid, status }) {
      const own = stored.get(uid)
      return own !== undefined && own.id === idOf(status?.payment) && isFresh(own.at)
    },
    take({ uid }) {
      const own = stored.get(uid)
      stored.delete(uid)
      return () => own !== undefined && isFresh(own.at)
    },
    forget: (uid) => void stored.delete(uid),
  }
}
