import assert from 'node:assert/strict'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import type { Operation } from '../../../../../operator/application/gateway/call.ts'
import { closeGateways, startGateway } from '../../../../fixtures/gateway.ts'
import { thing } from '../../../../fixtures/gateway-connections.ts'

afterEach(closeGateways)

describe('the limits of the gateway', () => {
  it('counts a read as a write, too, where it turns out to cost as much', async () => {
    const asked: string[] = []
    const getThing: Operation = async ({ countsAsWrite }) => {
      countsAsWrite?.()
      return { status: 200, body: {} }
    }
    const { ask } = await startGateway({
      operations: { getThing, changeThing: getThing, pauseThing: getThing },
      admit: (caller, kind) => {
        asked.push(`${caller.user} ${kind}`)
        if (asked.length > 2 && kind === 'write') throw new Problem('TooManyRequests', { detail: 'Too many writes.' })
        return { quota: 50, windowSeconds: 2, remaining: 12, resetSeconds: 0.4 }
      },
    })
    assert.deepEqual([(await ask(thing)).status, (await ask(thing)).status], [200, 429])
    assert.deepEqual(asked, ['shop read', 'shop write', 'shop read', 'shop write'])
  })
})
