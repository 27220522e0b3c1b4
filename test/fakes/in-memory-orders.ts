import type { Orders, OrderWrite } from '../../operator/application/order/orders.ts'
import type { Order } from '../../operator/domain/order/order.ts'
import { keyOf } from '../../operator/domain/reservation/reservation.ts'

const FINALIZER = 'kbnt.io/order'

/** Orders in memory, each write with a version of its own; the watch shows them at once. */
export interface InMemoryOrders extends Orders {
  stored(key: string): Order | undefined
  /** What a person applies or edits. */
  put(order: Order): Order
  /** `kubectl delete`: gone at once when nobody holds it. */
  delete(key: string): void
  /** The next write of this name is answered with this and not applied. */
  answerNext(name: 'report' | 'open' | 'letGo', write: OrderWrite): void
  /** The names of the writes that were applied. */
  readonly writes: string[]
}

/** `onChange`: an order was written, or has gone. */
export function inMemoryOrders(onChange: (order: Order) => void = () => undefined): InMemoryOrders {
  const stored = new Map<string, Order>()
  let version = 0
  const answers: { readonly name: string; readonly write: OrderWrite }[] = []
  const writes: string[] = []

  const keep = (order: Order): Order => {
    version += 1
    const kept = structuredClone({ ...order, resourceVersion: String(version) })
    stored.set(keyOf(kept.namespace, kept.name), kept)
    onChange(kept)
    return kept
  }
  const drop = (order: Order): void => {
    stored.delete(keyOf(order.namespace, order.name))
    onChange(order)
  }
  const write = (name: string, base: Order, change: Partial<Order>): OrderWrite => {
    const index = answers.findIndex((answer) => answer.name === name)
    const [answer] = index < 0 ? [] : answers.splice(index, 1)
    if (answer) return answer.write
    const key = keyOf(base.namespace, base.name)
    const present = stored.get(key)
    if (present?.uid !== base.uid) return { kind: 'gone' }
    if (present.resourceVersion !== base.resourceVersion) return { kind: 'conflict' }
    writes.push(name)
    const order = keep({ ...present, ...change })
    if (order.deleting && order.finalizers.length === 0) drop(order)
    return { kind: 'written', order }
  }
  const others = ({ finalizers }: Order) => finalizers.filter((name) => name !== FINALIZER)

  return {
    writes,
    find: (key) => stored.get(key),
    all: () => stored.values(),
    read: async (namespace, name) => stored.get(keyOf(namespace, name)),
    report: async (base, status) => write('report', base, { status }),
    open: async (base) =>
      write('open', base, { held: true, finalizers: [...others(base), FINALIZER], opened: base.uid }),
    letGo: async (base) => write('letGo', base, { held: false, finalizers: others(base) }),
    async remove(order) {
      const present = stored.get(keyOf(order.namespace, order.name))
      if (present?.uid !== order.uid) return 'gone'
      if (present.resourceVersion !== order.resourceVersion) return 'changed'
      drop(present)
      return 'removed'
    },
    stored: (key) => stored.get(key),
    put: keep,
    delete(key) {
      const order = stored.get(key)
      if (!order) return
      if (order.finalizers.length === 0) drop(order)
      else keep({ ...order, deleting: true })
    },
    answerNext: (name, answer) => void answers.push({ name, write: answer }),
  }
}
