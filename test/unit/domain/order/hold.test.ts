import assert from 'node:assert/strict'
import type { OrderFacts } from '../../../../operator/domain/order/decision.ts'
import { longerTtlMs } from '../../../../operator/domain/order/hold.ts'
import { afterTen, tenOClock } from '../../../fixtures/builders.ts'
import { aHold, anOrder, someTerms } from '../../../fixtures/order-builders.ts'

const minute = 60_000

describe('a hold that is shorter than its payment may take', () => {
  const asked = (ttl: string, heldForMs: number, longestCallMs: number) =>
    longerTtlMs({
      ...{ order: anOrder({ spec: { ttl } }), now: tenOClock, ours: true, terms: { ...someTerms, longestCallMs } },
      ...{ reservation: aHold({ expiresAt: afterTen(heldForMs / 1_000) }), refused: {} },
    } as unknown as OrderFacts)

  it('is extended at once by as much as is needed, in steps of its ttl', () => {
    assert.equal(asked('1m', minute, 5 * minute), 7 * minute)
    assert.equal(asked('5m', 5 * minute, 5 * minute), 10 * minute)
    assert.equal(asked('1m', minute, 0), 2 * minute)
    assert.equal(asked('15m', 15 * minute, 5 * minute), undefined)
  })
})
