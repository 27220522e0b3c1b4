import type { StockTerms } from '../../../domain/stock/terms.ts'
import type { VirtualStockSpec } from './generated/virtual-stock.ts'
import { countOf, durationMs, objectOf, oneOf, priceIfThere } from './readable.ts'

type Terms = Omit<StockTerms, 'terminating'>

/** What a stock is led by whose spec can't be read: it has nothing, so it hands nothing out. */
export function harmlessTerms(name: string): Terms {
  return {
    ...{ product: name, unit: 'piece', quantity: 0, reclaimPolicy: 'Consume', safetyStock: 0, thresholds: {} },
    ...{ hold: { ttlMs: 0, maxTtlMs: 0 }, limits: {}, allowedNamespaces: [], paused: false },
    waitlist: { order: 'Strict', maxLength: 0, maxWaitMs: 0, maxPriority: 0 },
  }
}

/** The schema has checked them; what it let through and nobody can go by is found here. Throws Unreadable. */
export function termsFromSpec(spec: VirtualStockSpec, name: string): Terms {
  const { quantity, safetyStock, reclaimPolicy, price, unit, hold, waitlist } = objectOf(
    spec,
    'spec',
  ) as unknown as VirtualStockSpec
  priceIfThere(price, 'spec.price')
  const { ttl, maxTTL } = objectOf(hold, 'spec.hold')
  const { order, maxLength, maxWait, maxPriority } = objectOf(waitlist, 'spec.waitlist')
  return {
    product: spec.product ?? name,
    unit,
    quantity: countOf(quantity, 'spec.quantity'),
    reclaimPolicy: oneOf(['Consume', 'Return'], reclaimPolicy, 'spec.reclaimPolicy'),
    safetyStock: countOf(safetyStock, 'spec.safetyStock'),
    thresholds: spec.thresholds ?? {},
    hold: { ttlMs: durationMs(ttl, 'spec.hold.ttl'), maxTtlMs: durationMs(maxTTL, 'spec.hold.maxTTL') },
    limits: spec.limits ?? {},
    waitlist: {
      order: oneOf(['Strict', 'BestEffort'], order, 'spec.waitlist.order'),
      maxLength: countOf(maxLength, 'spec.waitlist.maxLength'),
      maxWaitMs: durationMs(maxWait, 'spec.waitlist.maxWait'),
      maxPriority: maxPriority as number,
    },
    allowedNamespaces: spec.allowedNamespaces ?? [],
    paused: spec.paused ?? false,
    ...(price && { price }),
  }
}
