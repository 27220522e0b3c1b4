import assert from 'node:assert/strict'
import type { Caller } from '../../../../../operator/application/gateway/caller.ts'
import type { StockChange } from '../../../../../operator/application/gateway/objects.ts'
import {
  type GatewayStocksParts,
  gatewayStocks,
} from '../../../../../operator/infrastructure/kubernetes/resources/gateway-stocks.ts'

const caller: Caller = { user: 'ana', groups: [], token: 't', tokenKey: 'k' }
const cup = { metadata: { namespace: 'shop', name: 'cup' }, spec: { quantity: 50 } }

/** What is sent for a change. */
async function patchFor(change: StockChange): Promise<unknown> {
  const patches: unknown[] = []
  const mergePatch = async (_namespace: string, _name: string, patch: object) => {
    patches.push(patch)
    return { body: cup }
  }
  const parts = { cache: {}, as: () => ({ mergePatch }) } as unknown as GatewayStocksParts
  await gatewayStocks(parts).patch(caller, 'shop', 'cup', change)
  assert.equal(patches.length, 1)
  return patches[0]
}

describe('a change of a stock by the gateway', () => {
  it('says why, together with what it is the reason of', async () => {
    const text = '{"quantity":50,"reason":"delivery","requestId":"request-1"}'
    assert.deepEqual(await patchFor({ quantity: 50, reason: 'delivery', requestId: 'request-1', position: '7' }), {
      metadata: { resourceVersion: '7', annotations: { 'kbnt.io/change-reason-quantity': text } },
      spec: { quantity: 50 },
    })
  })

  it('takes the reason of the former change of the same away where none is given, and no other', async () => {
    const metadata = { annotations: { 'kbnt.io/change-reason-paused': null } }
    assert.deepEqual(await patchFor({ paused: true }), { metadata, spec: { paused: true } })
    assert.deepEqual(await patchFor({ paused: true, reason: '' }), { metadata, spec: { paused: true } })
  })
})
