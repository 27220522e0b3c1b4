import assert from 'node:assert/strict'
import { late, timeLimit } from '../../../operator/application/time-limit.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'

const never = () => new Promise<string>(() => undefined)

function site() {
  const clock = fakeClock()
  const limit = timeLimit(clock, 1_000)
  const signals: AbortSignal[] = []
  return {
    clock,
    limit,
    signals,
    run: <T>(work: () => Promise<T>) =>
      limit.run((signal) => {
        signals.push(signal)
        return work()
      }, clock.tick()),
  }
}

describe('A limit for many pieces of work', () => {
  it('answers as the work does', async () => {
    const { run } = site()
    assert.equal(await run(async () => 'done'), 'done')
    await assert.rejects(
      run(async () => {
        throw new Error('refused')
      }),
      /refused/,
    )
    await assert.rejects(
      run(() => {
        throw new Error('before there is a promise')
      }),
      /before there is a promise/,
    )
  })

  it('says of each piece by itself that it is late, and aborts that one alone', async () => {
    const { clock, run, signals } = site()
    const said: string[] = []
    const tell = (name: string, end: Promise<unknown>) => void end.then((as) => said.push(`${name} ${String(as)}`))
    const third = Promise.withResolvers<string>()
    tell('first', run(never))
    await clock.advance(400)
    tell('second', run(never))
    tell(
      'third',
      run(() => third.promise),
    )
    await clock.advance(599)
    assert.deepEqual(said, [])
    await clock.advance(1)
    assert.deepEqual(said, [`first ${String(late)}`])
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, false, false],
    )
    third.resolve('done')
    await clock.advance(400)
    assert.deepEqual(said.slice(1), ['third done', `second ${String(late)}`])
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, true, false],
    )
  })

  it('counts anew after all were through', async () => {
    const { clock, run } = site()
    await run(async () => 'done')
    await clock.advance(5_000)
    const end = run(never)
    await clock.advance(1_000)
    assert.equal(await end, late)
  })

  it('has one timer for all, and none once it is told to let go', async () => {
    const { clock, limit, run } = site()
    await Promise.all(Array.from({ length: 50 }, () => run(async () => 'done')))
    assert.equal(clock.timers, 1)
    limit.end()
    assert.equal(clock.timers, 0)
    limit.end()
    const end = run(never)
    await clock.advance(1_000)
    assert.equal(await end, late)
  })
})
