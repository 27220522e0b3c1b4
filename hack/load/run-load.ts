import { setTimeout as pause } from 'node:timers/promises'
import { isApiError } from '../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../operator/infrastructure/kubernetes/client.ts'
import type { KubernetesObject } from '../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import type { VirtualStock } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { virtualStocks } from '../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'
import type { LoadOrders } from './orders.ts'
import { STOCKS, type Step } from './plan.ts'

export interface LoadCounts {
  reserve: number
  confirm: number
  release: number
  /** Releases of reservations that don't exist. */
  noMatchingReservation: number
}

/** Where the books of its stocks are: in the cluster, or in the database named default. */
export type LoadLedger = 'cluster' | 'postgres'

export interface LoadTarget {
  readonly client: KubernetesClient
  readonly namespace: string
}

const apiVersion = 'kbnt.io/v1beta1'
const AT_ONCE = 64
const LOOK_MS = 200
const QUANTITY = 1_000_000

/** Makes the namespace and its stocks; resolves when the operator has opened them all. Throws when there are any already. */
export async function openStocks(
  { client, namespace }: LoadTarget,
  { ledger, withinMs }: { readonly ledger: LoadLedger; readonly withinMs: number },
): Promise<void> {
  const core = { group: '', version: 'v1', plural: 'namespaces', namespaced: false }
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  await resourceClient<KubernetesObject>(client, core)
    .create(body)
    .catch((error: unknown) => {
      if (!isApiError(error, 409)) throw error
    })
  const stocks = resourceClient<VirtualStock>(client, virtualStocks)
  const books = ledger === 'postgres' ? { ledger: { kind: 'Postgres', database: 'default' } } : {}
  const spec = { quantity: QUANTITY, price: { amount: '49.90', currency: 'EUR' }, ...books }
  for (const name of STOCKS)
    await stocks
      .create({
        ...{ apiVersion, kind: 'VirtualStock', metadata: { namespace, name }, spec },
      } as unknown as VirtualStock)
      .catch((error: unknown) => {
        if (!isApiError(error, 409)) throw error
        throw new Error(`namespace ${namespace} has a stock ${name} already; --namespace names another one`)
      })
  const until = Date.now() + withinMs
  for (;;) {
    const { items } = await stocks.list({ namespace })
    if (items.every(({ status }) => status?.quantity === QUANTITY)) return
    if (Date.now() > until) throw new Error(`no operator has opened the stocks within ${withinMs / 1_000} s`)
    await pause(LOOK_MS)
  }
}

/**
 * Does all steps, 64 at once, in their order; a confirm or release begins when its reservation has been made. Throws
 * at the first answer that should not have been.
 */
export async function runLoad(
  orders: LoadOrders,
  steps: readonly Step[],
  onStep: (counts: Readonly<LoadCounts>) => void,
): Promise<LoadCounts> {
  const counts: LoadCounts = { reserve: 0, confirm: 0, release: 0, noMatchingReservation: 0 }
  const made = new Map<number, Promise<unknown>>()

  function reserve(order: number, stock: string): Promise<unknown> {
    const making = orders.reserve(order, stock)
    made.set(order, making)
    return making
  }

  async function end(order: number | undefined, state: 'Confirmed' | 'Released'): Promise<void> {
    if (order !== undefined) await made.get(order)
    if (await orders.end(order, state)) return
    if (order !== undefined) throw new Error(`order ${order} was made, and is not there`)
    counts.noMatchingReservation += 1
  }

  async function take(step: Step): Promise<void> {
    if (step.verb === 'reserve') await reserve(step.order, STOCKS[step.stock] ?? STOCKS[0])
    else await end(step.order, step.verb === 'confirm' ? 'Confirmed' : 'Released')
    counts[step.verb] += 1
    onStep(counts)
  }

  const left = steps.values()
  let failed = false
  const lane = async (): Promise<void> => {
    for (const step of left) {
      if (failed) return // the others would go on with a load that is lost
      await take(step).catch((error: unknown) => {
        failed = true
        throw error
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return counts
}
