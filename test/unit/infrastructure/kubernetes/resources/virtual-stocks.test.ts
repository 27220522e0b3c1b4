import assert from 'node:assert/strict'
import type { VirtualStock } from '../../../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { stockFromResource } from '../../../../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'

function aPiano(pending?: readonly string[]): VirtualStock {
  return {
    metadata: { namespace: 'shop', name: 'piano', uid: 'uid-piano', resourceVersion: '8', generation: 1 },
    spec: {
      ...{ quantity: 5, reclaimPolicy: 'Consume', safetyStock: 0, unit: 'piece', paused: false, allowedNamespaces: [] },
      hold: { ttl: '15m', maxTTL: '24h' },
      waitlist: { order: 'Strict', maxLength: 1_000, maxWait: '168h', maxPriority: 1_000 },
    },
    status: { quantity: 5, reserved: 1, confirmed: 0, ledger: { term: 1, sequence: 7, ...(pending && { pending }) } },
  } as unknown as VirtualStock
}

describe('stockFromResource', () => {
  it('takes a status without a journal and without conditions, as somebody may have restored it', () => {
    const { status } = stockFromResource(aPiano())
    assert.deepEqual([status?.ledger.pending, status?.conditions, status?.reserved], [[], [], 1])
  })

  it('goes on with nothing where it can’t read the journal, and says of which stock', () => {
    assert.throws(
      () => stockFromResource(aPiano(['7 Borrow 2026-11-22T10:00:00.000Z 1 0 4 5 Normal'])),
      /^Error: the journal of stock shop\/piano: "7 Borrow .* is no journal entry that this version of the operator reads/,
    )
  })
})
