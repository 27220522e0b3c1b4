import type { Caller } from '../../../application/gateway/caller.ts'
import type { NewStock } from '../../../application/gateway/generated/contract.ts'
import type { StockChange, StockFilter, Stocks } from '../../../application/gateway/objects.ts'
import type { CallerCalls } from '../access/guest-calls.ts'
import { changeReasons } from './change-reason.ts'
import { type CachedObjects, gatewayObjects, written } from './gateway-objects.ts'
import type { VirtualStock } from './generated/virtual-stock.ts'
import { seenStock } from './shown-stock.ts'

export interface GatewayStocksParts {
  readonly cache: CachedObjects<VirtualStock>
  readonly as: (caller: Caller) => CallerCalls<VirtualStock>
}

/** Stocks as the gateway reads them from its watch, and writes them in the caller's name. */
export function gatewayStocks({ cache, as }: GatewayStocksParts): Stocks {
  return {
    ...gatewayObjects({ cache, as, seen: seenStock, matches }),
    create: (caller, namespace, name, stock) =>
      written(as(caller).create(resourceOf(namespace, name, stock)), seenStock),
    patch: (caller, namespace, name, change) =>
      written(as(caller).mergePatch(namespace, name, patchOf(change)), seenStock),
  }
}

function matches({ metadata, spec, status }: VirtualStock, { level, product }: StockFilter): boolean {
  if (level !== undefined && status?.level !== level) return false
  return product === undefined || (spec.product ?? metadata.name) === product
}

/** Only what was given: what is absent gets the schema's defaults. */
function resourceOf(namespace: string, name: string, { productId, stockId: _, ...stock }: NewStock): VirtualStock {
  const { price: amount, currency, ...terms } = stock
  const spec = { product: productId, ...terms, ...(amount !== undefined && { price: { amount, currency } }) }
  return {
    apiVersion: 'kbnt.io/v1beta1',
    kind: 'VirtualStock',
    metadata: { namespace, name },
    spec: spec as unknown as VirtualStock['spec'],
  }
}

function patchOf({ position, reason, requestId, ...spec }: StockChange): object {
  const metadata = {
    ...(position !== undefined && { resourceVersion: position }),
    annotations: changeReasons(spec, { reason, requestId }),
  }
  return { metadata, spec }
}
