import assert from 'node:assert/strict'
import { startConditions } from '../../../../operator/programs/operator/start-conditions.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

function conditionsOf(...conditions: readonly (() => Promise<string | undefined>)[]) {
  const clock = fakeClock()
  const said: string[] = []
  const say = (message: string) => void said.push(message)
  const logger = { debug: say, info: say, warn: say, error: say, child: () => assert.fail(), enabled: () => true }
  return { clock, said, start: startConditions({ conditions, clock, random: () => 0, logger }) }
}

describe('What must be so before the operator begins', () => {
  it('is asked in order, ever less often, until all is well', async () => {
    let asked = 0
    const later = async () => {
      asked += 1
      return asked < 7 ? 'no kinds' : undefined
    }
    const { clock, start, said } = conditionsOf(async () => undefined, later)
    let met: boolean | undefined
    void start.met().then((answer) => {
      met = answer
    })
    await clock.settle()
    assert.deepEqual([start.unmet, said], ['no kinds', ["can't begin yet: no kinds"]])
    await clock.advance(15_000) // 1 + 2 + 4 + 8
    assert.deepEqual([asked, met], [5, undefined])
    await clock.advance(30_000)
    assert.deepEqual([asked, met, start.unmet], [7, true, undefined])
  })

  it('is not known while the API server does not answer, and is asked again', async () => {
    let failures = 1
    const { clock, start } = conditionsOf(async () => {
      if (failures-- > 0) throw new Error('connection refused')
      return undefined
    })
    const met = start.met()
    await clock.settle()
    assert.equal(start.unmet, 'the API server does not answer: connection refused')
    await clock.advance(1_000)
    assert.equal(await met, true)
  })

  it('is not waited for any more when it is asked to end', async () => {
    const { clock, start } = conditionsOf(async () => 'never')
    const met = start.met()
    await clock.settle()
    start.stop()
    assert.equal(await met, false)
    assert.equal(clock.timers, 0)
  })
})
