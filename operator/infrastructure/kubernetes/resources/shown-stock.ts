import type { Stock } from '../../../application/gateway/generated/contract.ts'
import type { SeenStock } from '../../../application/gateway/objects.ts'
import type { VirtualStock } from './generated/virtual-stock.ts'
import { databaseIn } from './virtual-stocks.ts'

/** A VirtualStock as the gateway shows it. Before the operator has counted it there are no balances. */
export function seenStock(resource: VirtualStock): SeenStock {
  const { namespace = '', name = '', uid = '', generation = 0, resourceVersion = '' } = resource.metadata
  const deleting = resource.metadata.deletionTimestamp !== undefined
  const takenOver = resource.status?.observedGeneration ?? 0
  return {
    namespace,
    name,
    uid,
    generation,
    position: resourceVersion,
    takenOver,
    deleting,
    ...ledgerOf(resource.spec),
    shown: shownStock(resource),
  }
}

/** What `seenStock` reads of one: not its journal, which may be ten times as large as the rest. */
export function keptStock(resource: VirtualStock): VirtualStock {
  const { status } = resource
  return status ? { ...resource, status: { ...status, ledger: { ...status.ledger, pending: [] } } } : resource
}

function ledgerOf(spec: VirtualStock['spec']): Pick<SeenStock, 'ledger'> {
  const database = databaseIn(spec)
  return database === undefined ? {} : { ledger: { database } }
}

function shownStock({ metadata, spec, status }: VirtualStock): Stock {
  const { namespace = '', name = '', creationTimestamp } = metadata
  const {
    product = name,
    price,
    paused,
    allowedNamespaces,
    description,
    unit,
    reclaimPolicy,
    quantity,
    safetyStock,
  } = spec
  const { thresholds, hold, limits, waitlist } = spec
  return {
    ...{
      stockId: name,
      namespace,
      productId: product,
      unit,
      reclaimPolicy,
      quantity,
      safetyStock,
      paused,
      hold,
      waitlist,
    },
    ...(description !== undefined && { description }),
    ...(price && { price: price.amount, currency: price.currency }),
    ...(thresholds && { thresholds }),
    ...(limits && { limits }),
    ...(allowedNamespaces && { allowedNamespaces }),
    ...(status && balancesOf(status, safetyStock)),
    ...readinessOf(status),
    ...(creationTimestamp !== undefined && { createdAt: creationTimestamp }),
  }
}

function balancesOf(status: NonNullable<VirtualStock['status']>, safetyStock: number): Partial<Stock> {
  const { quantity, available, reserved, confirmed, waiting = 0, level, totalValue, ledger } = status
  const deficit = reserved + confirmed + safetyStock - quantity
  return {
    ...{ available, reserved, confirmed, waiting, level, sequence: ledger.sequence },
    ...(totalValue && { totalValue: totalValue.amount }),
    ...(deficit > 0 && { deficit }),
  }
}

function readinessOf(status: VirtualStock['status']): Pick<Stock, 'ready' | 'reason' | 'message'> {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (!ready) return { ready: false, reason: 'Pending', message: 'the operator has not counted it yet' }
  return ready.status === 'True' ? { ready: true } : { ready: false, reason: ready.reason, message: ready.message }
}
