import assert from 'node:assert/strict'
import type { Operation } from '../../../../../operator/application/gateway/call.ts'
import { type FakeClock, fakeClock } from '../../../../fakes/fake-clock.ts'
import { closeGateways, startGateway } from '../../../../fixtures/gateway.ts'
import { until } from '../../../../fixtures/until.ts'

afterEach(closeGateways)

const good = { items: [{ quantity: 1 }] }
const thing = '/api/v1/things/a'

describe('the time of a request', () => {
  const times = async (operation: Operation, method: 'GET' | 'POST') => {
    const { ask, post, ended } = await startGateway({
      clock,
      operations: { getThing: operation, changeThing: operation, pauseThing: operation },
    })
    await (method === 'GET' ? ask(thing) : post(thing, good))
    const { seconds, ownSeconds } = await until('its end', 5_000, async () => ended[0])
    return [seconds, ownSeconds]
  }
  let clock: FakeClock
  beforeEach(() => {
    clock = fakeClock()
  })

  it("is told with and without what it has waited for the operator's answer", async () => {
    const waiting: Operation = async ({ waited }) => {
      await clock.advance(3_000)
      waited?.(2_500)
      return { status: 200, body: {} }
    }
    assert.deepEqual(await times(waiting, 'POST'), [3, 0.5])
  })

  it('is that until a stream begins, not until it ends', async () => {
    async function* parts() {
      await clock.advance(3_600_000)
      yield []
    }
    const streaming: Operation = async () => {
      await clock.advance(100)
      return { status: 200, body: {}, stream: { parts: parts(), close: () => {} } }
    }
    assert.deepEqual(await times(streaming, 'GET'), [0.1, 0.1])
  })
})
