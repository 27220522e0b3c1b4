import assert from 'node:assert/strict'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import type { Operation } from '../../../../../operator/application/gateway/call.ts'
import { closeGateways, startGateway } from '../../../../fixtures/gateway.ts'

afterEach(closeGateways)

const good = { items: [{ quantity: 1 }] }
const thing = '/api/v1/things/a'

describe('what the gateway says of how much more may be asked for', () => {
  it('is of the caller, and of reads or of writes', async () => {
    const asked: string[] = []
    const { ask, post } = await startGateway({
      admit: (caller, kind) => {
        asked.push(`${caller.user} ${kind}`)
        return { quota: 50, windowSeconds: 2, remaining: 12, resetSeconds: 0.4 }
      },
    })
    const { headers } = await ask(thing)
    assert.equal(headers.get('ratelimit-policy'), '"reads";q=50;w=2')
    assert.equal(headers.get('ratelimit'), '"reads";r=12;t=1')
    assert.equal((await ask(`${thing}?limit=x`)).headers.get('ratelimit'), '"reads";r=12;t=1')
    assert.equal((await ask(`${thing}?consistent=true`)).headers.get('ratelimit'), '"writes";r=12;t=1')
    assert.equal((await post(thing, good)).headers.get('ratelimit'), '"writes";r=12;t=1')
    assert.deepEqual(asked, ['shop read', 'shop read', 'shop write', 'shop write'])
  })

  it('tells who asks too much when to come again, before it reads a body', async () => {
    const { post } = await startGateway({
      admit: () => {
        throw new Problem('TooManyRequests', { detail: 'At most 50 writes a second.', retryAfterSeconds: 2.2 })
      },
    })
    const { status, headers, json } = await post(thing, 'no JSON')
    assert.deepEqual([status, json.reason], [429, 'TooManyRequests'])
    assert.equal(headers.get('retry-after'), '3')
    assert.equal(headers.get('ratelimit'), '"writes";r=0;t=3')
  })

  it('speaks of writes where a read came to count as one', async () => {
    let writes = 1
    const getThing: Operation = async ({ countsAsWrite }) => {
      countsAsWrite?.()
      return { status: 200, body: {} }
    }
    const { ask } = await startGateway({
      operations: { getThing, changeThing: getThing, pauseThing: getThing },
      admit(_, kind) {
        if (kind === 'read') return { quota: 500, windowSeconds: 1, remaining: 12, resetSeconds: 0.4 }
        if (writes === 0) throw new Problem('TooManyRequests', { detail: 'At most one.', retryAfterSeconds: 2.2 })
        writes -= 1
        return { quota: 1, windowSeconds: 2, remaining: 0, resetSeconds: 2 }
      },
    })
    const rate = ({ headers }: { headers: Headers }) => [headers.get('ratelimit-policy'), headers.get('ratelimit')]
    const last = await ask(thing)
    assert.deepEqual([last.status, ...rate(last)], [200, '"writes";q=1;w=2', '"writes";r=0;t=2'])
    const refused = await ask(thing)
    assert.deepEqual([refused.status, ...rate(refused)], [429, null, '"writes";r=0;t=3'])
  })
})
