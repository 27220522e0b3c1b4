import type { OrderId } from '../../../operator/application/order/order-stock.ts'
import { inMinorUnits } from '../../../operator/domain/order/minor-units.ts'
import { isOver, type Order, type OrderOperation } from '../../../operator/domain/order/order.ts'
import type { MoneyCall } from '../../../operator/domain/order/payment.ts'
import { isFinished, keyOf } from '../../../operator/domain/reservation/reservation.ts'
import type { InMemoryOrders } from '../../fakes/in-memory-orders.ts'
import type { OrderBank } from '../../fakes/order-bank.ts'
import type { OrderShop } from '../../fakes/order-shop.ts'
import type { OrderWeather } from './order-weather.ts'

export interface WitnessParts {
  readonly orders: InMemoryOrders
  readonly shop: OrderShop
  readonly bank: OrderBank
  readonly weather: OrderWeather
  readonly now: () => number
}

export type OrderWitness = ReturnType<typeof orderWitness>

/** What has to have happened before it, where both happen. */
const inThisOrder: readonly (readonly [first: OrderOperation, then: OrderOperation])[] = [
  ['ValidateUser', 'HoldStock'],
  ['HoldStock', 'Authorise'],
  ['HoldStock', 'Pay'],
  ['Authorise', 'SellStock'],
  ['SellStock', 'Create'],
  ['Create', 'Notify'],
  ['Notify', 'Complete'],
  ['Pay', 'Refund'],
  ['ReleaseStock', 'Cancel'],
]

/** Sees all that is stored, sold, paid and told, and says what of it must not be. */
export function orderWitness({ orders, shop, bank, weather, now }: WitnessParts) {
  const findings: string[] = []
  const last = new Map<string, Order>()
  const keys = new Set<string>()
  const holds = new Map<string, { readonly phase: string | undefined; readonly state: string }>()
  const sold = new Set<string>()
  const meddled = new Set<string>()
  const lost = new Set<string>()
  const told = new Map<string, string[]>()

  const accountOf = (uid: string) => bank.accounts.get(uid)
  /** Money of it is at the bank, or may be taken at any time. */
  function isOpen(uid: string): boolean {
    const account = accountOf(uid)
    if (!account) return false
    return account.taken > account.refunded || (account.taken === 0 && account.authorised && !account.voided)
  }
  /** What was intended was not known to be done for as long as the bank remembers its key. */
  function isForgotten(status: Order['status']): boolean {
    const { intent } = status?.payment ?? {}
    return intent !== undefined && now() - Date.parse(intent.firstAt) > bank.keyWindowMs - 3 * bank.longestCallMs
  }
  function find(uid: string, what: string): void {
    const { name, status } = last.get(uid) ?? {}
    const calls = bank.log.filter((line) => line.startsWith(uid)).map((line) => line.slice(uid.length + 1))
    findings.push(`${name}: ${what}; ${status?.phase}/${status?.reason}; ${calls.join(' | ')}`)
  }

  function judgeHistory(uid: string, { status }: Order): void {
    const did = status?.history.map(({ operation }) => operation) ?? []
    for (const [first, then] of inThisOrder)
      if (did.includes(then) && did.includes(first) && did.indexOf(first) > did.indexOf(then))
        find(uid, `${then} before ${first}`)
    const all = (status?.history ?? []).map(
      (step, index) => `${uid} ${(status?.steps ?? 0) - did.length + index + 1} ${step.operation} ${step.status}`,
    )
    const firsts = [...new Set(told.get(uid))]
    const wanted = firsts.slice(0, Math.max(0, (status?.steps ?? 0) - did.length)).concat(all)
    if (String(firsts) !== String(wanted)) find(uid, `told ${firsts.join(', ')} instead of ${wanted.join(', ')}`)
  }

  function judgeStock(uid: string, order: Order): void {
    const phase = shop.phaseOf(order)
    const isOut = shop.find(order) !== undefined && !isFinished(phase)
    if (order.status?.phase === 'Cancelled' && isOut) find(uid, `cancelled, and its stock is ${phase}`)
    if (order.status?.phase !== 'Completed') return
    if (!sold.has(uid)) find(uid, 'completed, and never sold')
    if (phase !== 'Confirmed' && !meddled.has(uid)) find(uid, `completed, and its stock is ${phase}`)
  }

  function judgeMoney(uid: string, { spec, status }: Order): void {
    const account = accountOf(uid)
    if ((account?.taken ?? 0) > 1) find(uid, 'charged twice')
    if ((account?.refunded ?? 0) > 1) find(uid, 'given back twice')
    if (status?.phase === 'Completed' && bank.netOf(uid) !== inMinorUnits(spec.payment.amount)?.minor)
      find(uid, 'completed, and not paid')
    if (status?.phase === 'Cancelled' && isOpen(uid)) find(uid, 'cancelled, and its money is kept')
    if (status?.history.some(({ operation }) => operation === 'FindLateCharge'))
      find(uid, 'taken after it counted as not taken')
  }

  /** One that needs somebody does so for a cause that is one. */
  function judgeCause(uid: string, { status }: Order): void {
    if (isOver(status)) return
    const refusals = { VoidRefused: 'void', RefundRefused: 'refund' } as const
    const refused = refusals[status?.reason as keyof typeof refusals]
    const isCaused = refused
      ? weather.refused(refused, uid) || isForgotten(status)
      : status?.reason === 'StockUnclear' && meddled.has(uid)
    if (status?.phase !== 'NeedsAttention' || !isCaused) find(uid, 'not over')
  }

  return {
    findings,
    orderSeen(order: Order): void {
      last.set(order.uid, order)
      const { intent } = order.status?.payment ?? {}
      if (intent) keys.add(intent.key)
    },
    holdSeen(order: OrderId): void {
      const { reservation } = shop.find(order) ?? {}
      const before = holds.get(order.uid)
      const now = { phase: reservation?.status?.phase, state: reservation?.spec.state ?? '' }
      holds.set(order.uid, now)
      if (now.phase === 'Confirmed' && before?.phase !== 'Confirmed') {
        sold.add(order.uid)
        // what was on its way when it began to be undone is given back
        const isUndone = last.get(order.uid)?.status?.undoing !== undefined
        if (!meddled.has(order.uid) && !isUndone && !isOpen(order.uid)) find(order.uid, 'sold before it was paid')
      }
      const isGivenBack = now.state === 'Released' && before?.state !== 'Released'
      // the money of one that is complete is the shop's; a reservation that comes back after that is given back
      const isComplete = last.get(order.uid)?.status?.phase === 'Completed'
      if (isGivenBack && !isComplete && !lost.has(order.uid) && isOpen(order.uid))
        find(order.uid, 'its stock was given back before its money')
    },
    reached(call: MoneyCall, reference: string, key: string): void {
      if (!keys.has(key)) find(reference, `${call} reached the bank and was not stored before`)
    },
    delivered(id: string): void {
      const [uid = ''] = id.split(' ')
      told.set(uid, [...(told.get(uid) ?? []), id])
    },
    /** Somebody does something to its reservation. */
    meddles: (uid: string) => void meddled.add(uid),
    /** Somebody takes it away, whatever it has of money or stock. */
    loses: (uid: string) => void lost.add(uid),
    /** Where nothing more happens. */
    judge(): void {
      for (const [uid, order] of last) {
        if (lost.has(uid)) continue
        const isThere = orders.stored(keyOf(order.namespace, order.name))?.uid === uid
        if (!isThere && order.opened !== uid && !accountOf(uid)) continue // it was gone before it was begun
        if (!isThere && !isOver(order.status)) find(uid, 'gone before it was over')
        judgeHistory(uid, order)
        judgeMoney(uid, order)
        judgeStock(uid, order)
        judgeCause(uid, order)
      }
      for (const order of shop.owners()) {
        const isThere = orders.stored(keyOf(order.namespace, order.name))?.uid === order.uid
        if (!isThere && shop.phaseOf(order) !== 'Confirmed') find(order.uid, 'it is gone, and its stock is held')
      }
    },
  }
}
