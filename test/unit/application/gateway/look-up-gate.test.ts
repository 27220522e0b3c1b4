import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import { lookUpGate } from '../../../../operator/application/gateway/look-up-gate.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { askedServer } from './look-ups.ts'

function aGate() {
  const clock = fakeClock()
  const gate = lookUpGate(clock)
  const { asked, ask } = askedServer<string>()
  const started = () => asked.map(({ what }) => what)
  const run = (on: string, what = on): Promise<string> => gate.run(on, () => ask(what))
  const ended = (what: string) => asked.find((question) => question.what === what)?.answer.resolve(what)
  /** Fills it with look-ups of so many accounts. */
  const fill = (accounts: number) => Array.from({ length: accounts }, (_, index) => run(`a${index}`))
  return { clock, gate, run, started, ended, fill, asked }
}

describe('look-up gate', () => {
  it('lets eight run at once and the others in the order in which they came', async () => {
    const { clock, fill, started, ended } = aGate()
    const all = fill(11)
    assert.equal(started().length, 8)
    ended('a3')
    ended('a0')
    await clock.settle()
    assert.deepEqual(started().slice(8), ['a8', 'a9'])
    for (const name of started()) ended(name)
    await clock.settle()
    ended('a10')
    assert.equal((await Promise.all(all)).length, 11)
    assert.equal(clock.timers, 0)
  })

  it('gives the place of one that failed to the next', async () => {
    const { clock, fill, started, asked } = aGate()
    const [first, ...others] = fill(9)
    asked[0]?.answer.reject(new Error('no answer'))
    await assert.rejects(first as Promise<string>, /no answer/)
    await clock.settle()
    assert.equal(started().at(-1), 'a8')
    for (const { what, answer } of asked) answer.resolve(what)
    await Promise.all(others)
  })

  it('refuses at once who finds 64 waiting, and after two seconds who still waits', async () => {
    const { clock, gate, fill, run, started, ended } = aGate()
    const all = fill(8 + 64).map((answer) => answer.catch((error: unknown) => error))
    assert.deepEqual(gate.load, { running: 8, waiting: 64 })
    const late = await run('late').catch((error: unknown) => error)
    assert.ok(late instanceof Problem)
    assert.deepEqual([late.reason, late.status, late.facts.retryAfterSeconds], ['Overloaded', 503, 1])
    await clock.advance(1_999)
    assert.equal(gate.load.waiting, 64)
    await clock.advance(1)
    assert.equal(gate.load.waiting, 0)
    const waited = await Promise.all(all.slice(8))
    assert.ok(waited.every((end) => end instanceof Problem && end.reason === 'Overloaded'))
    for (const name of started()) ended(name)
    assert.deepEqual(await Promise.all(all.slice(0, 8)), started())
  })

  it('takes a place away from one that hangs, and lets the next in', async () => {
    const { clock, gate, fill, run } = aGate()
    const hanging = fill(8).map((answer) => assert.rejects(answer, { reason: 'ApiServerAway', status: 503 }))
    await clock.advance(4_000)
    const next = run('next')
    const end = assert.rejects(next, { reason: 'ApiServerAway' })
    await clock.advance(1_000)
    await Promise.all(hanging)
    assert.deepEqual(gate.load, { running: 1, waiting: 0 })
    await clock.advance(5_000)
    await end
  })

  it('leaves room beside one account that asks for everything', async () => {
    const { clock, gate, run, started, ended } = aGate()
    const greedy = Array.from({ length: 60 }, (_, index) => run('greedy', `g${index}`).catch(() => undefined))
    assert.deepEqual(gate.load, { running: 6, waiting: 48 })
    const modest = ['one', 'two', 'three'].map((name) => run(name))
    assert.deepEqual(started().slice(6), ['one', 'two'])
    ended('one')
    await clock.settle()
    assert.equal(started().at(-1), 'three', 'not the greedy ones, though they came before')
    for (const name of ['two', 'three']) ended(name)
    await Promise.all(modest)
    await clock.advance(5_000)
    await Promise.all(greedy)
    assert.deepEqual(gate.load, { running: 0, waiting: 0 })
  })
})
