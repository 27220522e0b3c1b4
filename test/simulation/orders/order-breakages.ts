import type { OrderParts } from '../../../operator/application/order/order-parts.ts'
import type { BegunPayment, NewPayment, PaymentProvider } from '../../../operator/application/order/payment-provider.ts'
import type { ServiceCall } from '../../../operator/application/order/service-call.ts'
import { inMinorUnits } from '../../../operator/domain/order/minor-units.ts'
import type { Order, OrderStatus } from '../../../operator/domain/order/order.ts'
import type { MoneyCall } from '../../../operator/domain/order/payment.ts'
import type { OrderLeaderSite } from './order-leader.ts'

/** One thing that an operator does wrong on purpose. */
export interface OrderBreakage {
  readonly name: string
  /** How it calls its payment provider. */
  readonly bank?: (bank: PaymentProvider, site: OrderLeaderSite) => PaymentProvider
  /** What else it does. */
  readonly parts?: (parts: OrderParts, site: OrderLeaderSite) => OrderParts
}

const paying = ['authorise', 'charge'] as const
const moving = [...paying, 'capture', 'void', 'refund'] as const
type Move = (payment: NewPayment & BegunPayment, call: ServiceCall) => Promise<{ readonly kind: string }>

function moves(names: readonly MoneyCall[], change: (move: Move, bank: PaymentProvider) => Move) {
  return (bank: PaymentProvider): PaymentProvider => {
    const changed = names.map((name) => [name, change(bank[name] as Move, bank)])
    return { ...bank, ...Object.fromEntries(changed) }
  }
}

const refused = { kind: 'declined', reason: 'TimedOut', message: 'it did not answer' } as const

function reporting(
  report: (base: Order, status: OrderStatus, parts: OrderParts) => Promise<OrderStatus> | OrderStatus,
): NonNullable<OrderBreakage['parts']> {
  return (parts) => ({
    ...parts,
    orders: {
      ...parts.orders,
      report: async (base, status) => parts.orders.report(base, await report(base, status, parts)),
    },
  })
}

/** What is about to be stored as intended for the first time. */
function newIntent(base: Order, { payment }: OrderStatus): MoneyCall | undefined {
  const { intent } = payment ?? {}
  return intent && intent.key !== base.status?.payment?.intent?.key ? intent.call : undefined
}

async function send({ payments }: OrderParts, order: Order, status: OrderStatus): Promise<void> {
  const { intent } = status.payment ?? {}
  const amount = inMinorUnits(order.spec.payment.amount)
  const provider = payments.get('acme')
  if (!intent || !amount || !provider) return
  const { customer, payment } = order.spec
  const about = { reference: order.uid, customer, method: payment.method, amount }
  const { signal } = new AbortController()
  await (provider[intent.call] as Move)(about, { key: intent.key, maySend: () => true, signal })
}

export const orderBreakages: readonly OrderBreakage[] = [
  {
    name: 'a charge without its key',
    bank(bank, { random }) {
      const anyKey =
        (move: Move): Move =>
        (payment, call) =>
          move(payment, { ...call, key: `${call.key} ${random.next()}` })
      return moves(moving, anyKey)(bank)
    },
  },
  {
    name: 'stock that is sold before it is paid',
    parts: (parts) => ({
      ...parts,
      stock: {
        ...parts.stock,
        async ask(order) {
          const asked = await parts.stock.ask(order)
          const found = parts.stock.find(order)
          if (found) await parts.stock.confirm(found.reservation)
          return asked
        },
      },
    }),
  },
  {
    name: 'a time-out that is taken for a refusal',
    bank: moves(moving, (move) => async (payment, call) => {
      const answer = await move(payment, call)
      return answer.kind === 'unknown' ? refused : answer
    }),
  },
  {
    name: 'a provider that knows of none being taken for one that will never have it',
    bank: (bank) => ({
      ...bank,
      async find(reference, call) {
        const found = await bank.find(reference, call)
        if (found.kind !== 'none') return found
        const payment = { reference, providerReference: 'none', amount: { minor: 1, currency: 'EUR' }, at: 0 }
        return { kind: 'found', payment: { ...payment, state: 'declined' } }
      },
    }),
  },
  {
    name: 'money that is given back twice',
    bank: moves(['refund'], (move) => async (payment, call) => {
      await move(payment, { ...call, key: `${call.key} once more` })
      return move(payment, call)
    }),
  },
  {
    name: 'money that is given back once more under the next key',
    bank(bank) {
      let tries = 0
      const nextKey =
        (move: Move): Move =>
        (payment, call) => {
          tries += 1
          return move(payment, { ...call, key: call.key.replace(/\d+$/, String(tries)) })
        }
      return moves(['refund'], nextKey)(bank)
    },
  },
  {
    name: 'stock that is given back before its money is known to be',
    parts: reporting(async (base, status, { stock }) => {
      const intended = newIntent(base, status)
      const found = intended === 'void' || intended === 'refund' ? stock.find(base) : undefined
      if (found) await stock.release(found.reservation)
      return status
    }),
  },
  {
    name: 'a call that is made before it is stored',
    parts: reporting(async (base, status, parts) => {
      if (newIntent(base, status)) await send(parts, base, status)
      return status
    }),
  },
  {
    name: 'a result that is stored before its call is made',
    parts: reporting((base, status, parts) => {
      const call = newIntent(base, status)
      if (!status.payment || (call !== 'charge' && call !== 'capture')) return status
      void send(parts, base, status)
      const { intent: _, ...payment } = status.payment
      return { ...status, payment: { ...payment, state: 'Taken' } }
    }),
  },
  {
    name: 'a call that goes out however long ago it was stored, whoever leads by now',
    bank: moves(moving, (move) => (payment, call) => move(payment, { ...call, maySend: () => true })),
  },
  {
    name: 'an order that is let go before its events are out',
    parts: (parts) => ({ ...parts, events: { ...parts.events, published: () => 16 } }),
  },
]
