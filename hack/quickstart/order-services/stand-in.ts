import { type Behaviour, serving } from './behaviour.ts'
import { type NoticeDesk, noticeDesk } from './notice-desk.ts'
import { type PaymentDesk, paymentDesk } from './payment-desk.ts'
import type { ServiceRequest } from './service.ts'
import { type ServiceServer, serviceServer } from './service-server.ts'
import { userDesk } from './user-desk.ts'

/** What a shop calls for its orders, without users, money and mail: to try orders with, and for tests. */
export interface StandIn extends ServiceServer {
  payments(): ReturnType<PaymentDesk['payments']>
  notices(): ReturnType<NoticeDesk['notices']>
}

export interface StandInOptions {
  /** Any free one where it is absent. */
  readonly port?: number
  /** Whether the payment provider begins no second payment under one reference. Default: it doesn't. */
  readonly oncePerReference?: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How long keys are remembered. */
export const KEY_WINDOW_MS = 24 * 3_600_000

/** Methods of payment that go wrong; every other one is good for any amount. */
export const methods = {
  /** Is declined. */
  declined: 'card-declined',
  /** Is taken after five seconds. */
  slow: 'card-slow',
  /** Is taken, and the answer to that is lost each time. */
  lost: 'card-lost',
} as const

/** Customers who may not order; everybody else may. */
export const customers = { refused: 'mallory', unknown: 'nobody' } as const

const SLOW_MS = 5_000

export async function standIn({ port = 0, now, oncePerReference = true }: StandInOptions): Promise<StandIn> {
  const memory = { now, windowMs: KEY_WINDOW_MS }
  const payments = paymentDesk({ ...memory, oncePerReference, refusal: declinedOf })
  const notices = noticeDesk(memory)
  const services = { 'user-check': userDesk(whyNot), payments: payments.service, notifications: notices.service }
  const server = await serviceServer(services, { port })
  server.behave = behaviourOf
  return Object.assign(server, { payments: payments.payments, notices: notices.notices })
}

function declinedOf(method: string) {
  return method === methods.declined ? { reason: 'InsufficientFunds', detail: 'there is no money on it' } : undefined
}

function whyNot(customer: string) {
  if (customer === customers.unknown) return 'unknown'
  return customer === customers.refused ? { detail: `${customer} may not order here` } : undefined
}

function behaviourOf({ body }: ServiceRequest): Behaviour {
  if (body['method'] === methods.slow) return { kind: 'serve', afterMs: SLOW_MS }
  return body['method'] === methods.lost ? { kind: 'lose' } : serving
}
