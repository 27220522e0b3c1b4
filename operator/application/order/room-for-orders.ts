import { isPast } from '../../domain/order/decision.ts'
import { isOver, type Order, type OrderOperation } from '../../domain/order/order.ts'
import { type Clock, msBetween, type Tick } from '../clock.ts'
import { type Outcome, recheckAfter, settled } from '../outcome.ts'
import type { OrderParts } from './order-parts.ts'
import type { Orders } from './orders.ts'
import { reconcileOrder } from './reconcile-order.ts'
import { reportOrder } from './report-order.ts'
import { servingTime } from './serving-time.ts'

export interface RoomForOrders {
  /**
   * Lets this one begin if there is room: undefined. Once let in, it is for good. Else why not. Those that wait come in by
   * their age, and none that is newer before one that waits for the same places.
   */
  refusal(order: Order): string | undefined
  /** How many there are now, and how many wait to be let in. */
  count(): { readonly kept: number; readonly waiting: number }
}

export interface RoomParts {
  readonly orders: Pick<Orders, 'all'>
  readonly clock: Pick<Clock, 'tick'>
  /** How many may have begun, those that are over among them. */
  readonly most: number
  /**
   * Whether several namespaces share it. Then one may have as many as are free: alone it gets half of them, beside another
   * one a third, and there is always room for one that comes later.
   */
  readonly shared: boolean
}

/** All are looked at to count them, so this is not done for each. */
const COUNT_EVERY_MS = 1_000

export function roomForOrders({ orders, clock, most, shared }: RoomParts): RoomForOrders {
  /** Uids of those that the watch shows as new still. */
  const letIn = new Set<string>()
  /** Uids of those that waited at the last count and for which there was room then: nobody else gets their places. */
  let called = new Set<string>()
  let taken = places()
  let countedAt: Tick | undefined

  function look(): { readonly taken: Places; readonly waiting: Order[] } {
    const stillNew = new Set<string>()
    const begun = places()
    const waiting: Order[] = []
    for (const order of orders.all()) {
      if (!isNew(order)) {
        if (isBegun(order)) begun.add(order.namespace)
        continue
      }
      stillNew.add(order.uid)
      if (letIn.has(order.uid)) begun.add(order.namespace)
      else waiting.push(order)
    }
    for (const uid of letIn) if (!stillNew.has(uid)) letIn.delete(uid)
    return { taken: begun, waiting }
  }

  function callThoseThatWait(): void {
    const now = look()
    taken = now.taken
    called = new Set()
    if (taken.all() >= most) return
    for (const { uid, namespace } of now.waiting.sort(byAge)) {
      if (whyFull(namespace) !== undefined) continue
      taken.add(namespace)
      called.add(uid)
    }
  }

  function whyFull(namespace: string): string | undefined {
    const all = taken.all()
    if (all >= most) return 'there are as many orders as there may be (orders.max in the settings)'
    const own = taken.of(namespace)
    if (!shared || own < most - all) return undefined
    return `namespace ${namespace} has ${own} orders; of ${most} (orders.max in the settings), ${most - all} are left for others`
  }

  return {
    refusal({ uid, namespace }) {
      if (letIn.has(uid)) return undefined
      if (countedAt === undefined || msBetween(countedAt, clock.tick()) >= COUNT_EVERY_MS) {
        countedAt = clock.tick()
        callThoseThatWait()
      }
      if (!called.delete(uid)) {
        const full = whyFull(namespace)
        if (full !== undefined) return full
        taken.add(namespace)
      }
      letIn.add(uid)
      return undefined
    },
    count() {
      const now = look()
      return { kept: now.taken.all(), waiting: now.waiting.length }
    },
  }
}

interface Places {
  all(): number
  of(namespace: string): number
  add(namespace: string): void
}

function places(): Places {
  const counts = new Map<string, number>()
  let sum = 0
  return {
    all: () => sum,
    of: (namespace) => counts.get(namespace) ?? 0,
    add(namespace) {
      sum += 1
      counts.set(namespace, (counts.get(namespace) ?? 0) + 1)
    },
  }
}

/** Those of one second by their uid, so that the line stays as it is. */
function byAge(one: Order, other: Order): number {
  return one.createdAt - other.createdAt || (one.uid < other.uid ? -1 : 1)
}

const AGAIN_MS = 10_000
/** Whoever ordered then does not wait for it any more. */
const WAITS_FOR_MS = 86_400_000

/** As `reconcileOrder`, but nothing of a new order begins, and it is told why, before there is room for one more. */
export async function reconcileInRoom(parts: OrderParts, room: RoomForOrders, key: string): Promise<Outcome> {
  const order = parts.orders.find(key)
  if (!order) return settled
  if (!isNew(order)) return reconcileOrder(parts, key)
  const refusal = room.refusal(order)
  if (refusal === undefined) return reconcileOrder(parts, key)
  if (order.status) return waitsOn(parts, order, order.status.phaseSince)
  const message = `${refusal}; nothing is done for it until some of those that are over are gone`
  const reported = await reportOrder(parts, order, { phase: 'Pending', reason: 'NoRoom', message })
  return reported.kind === 'on' ? recheckAfter(AGAIN_MS) : reported.outcome
}

async function waitsOn(parts: OrderParts, order: Order, since: string): Promise<Outcome> {
  if (!(isPast(servingTime(parts), since, WAITS_FOR_MS) && (await parts.clockIsRight(order))))
    return recheckAfter(AGAIN_MS)
  const message = 'there was no room for it for a day; nothing of it was begun'
  const steps = [['Cancel', message]] as const
  const undoing = { reason: 'NoRoom', message }
  const reported = await reportOrder(parts, order, { phase: 'Cancelled', reason: 'NoRoom', message, undoing, steps })
  return reported.kind === 'on' ? settled : reported.outcome
}

/** Nothing was begun for it, and it is still wanted. One that has a status goes by that alone: anybody may annotate it. */
function isNew({ status, opened, deleting, spec }: Order): boolean {
  if (deleting || spec.cancel) return false
  return status === undefined ? opened === undefined : status.reason === 'NoRoom' && !isOver(status)
}

/** What is told of orders of which nothing was ever begun, too. */
const ofAll: ReadonlySet<OrderOperation> = new Set(['Cancel', 'NeedAttention', 'Resolve'])

/** One that was over, or lost, before anything of it was begun has never had a place, and will never have one. */
function isBegun({ status }: Order): boolean {
  if (!status) return false
  if (status.phase !== 'Cancelled' && status.reason !== 'StatusLost') return true
  return status.history.some(({ operation }) => !ofAll.has(operation))
}
