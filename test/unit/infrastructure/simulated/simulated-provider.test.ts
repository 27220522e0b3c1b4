import assert from 'node:assert/strict'
import type { Machine } from '../../../../operator/domain/machine/machine.ts'
import type { Provided } from '../../../../operator/domain/machine/provided.ts'
import { simulatedProvider } from '../../../../operator/infrastructure/simulated/simulated-provider.ts'
import { afterAnswer, aMachine } from '../../../contracts/machine-provider.contract.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const network = '10.10.0.0/16'

describe('the simulated provider', () => {
  const clock = fakeClock()
  const provider = simulatedProvider({ clock, bootDelayMs: 2_000, network })

  /** Asks so many times, each answer reported and a second later. */
  async function ask(from: Machine, times: number): Promise<{ readonly kinds: string[]; readonly machine: Machine }> {
    let machine = from
    const kinds: string[] = []
    for (let asked = 0; asked < times; asked += 1) {
      const provided = await provider.ensure(machine)
      kinds.push(provided.kind)
      machine = afterAnswer(machine, provided, clock.now())
      await clock.advance(1_000)
    }
    return { kinds, machine }
  }

  it('boots for exactly the boot delay and says when to look again', async () => {
    const since = clock.now()
    const machine = aMachine()
    const first = await provider.ensure(machine)
    assert.equal(first.kind === 'starting' && first.recheckAfterMs, 2_000)
    const reported = afterAnswer(machine, first, since)
    await clock.advance(1_500)
    const second = await provider.ensure(reported)
    assert.equal(second.kind === 'starting' && second.recheckAfterMs, 500)
    await clock.advance(9_000)
    const third = await provider.ensure(reported)
    assert.equal(third.kind === 'running' && third.startedAt, new Date(since + 2_000).toISOString())
  })

  it('has a machine running at once that boots since a time from ahead: a wrong clock wrote it', async () => {
    const machine = aMachine()
    const ahead = afterAnswer(machine, await provider.ensure(machine), clock.now() + 86_400_000)
    const provided = await provider.ensure(ahead)
    assert.equal(provided.kind === 'running' && provided.startedAt, new Date(clock.now()).toISOString())
  })

  it('has a machine running at once where the boot delay is nothing', async () => {
    const quick = simulatedProvider({ clock, bootDelayMs: 0, network })
    assert.equal((await quick.ensure(aMachine())).kind, 'running')
  })

  it('knows a running machine from its status alone', async () => {
    const { machine } = await ask(aMachine(), 3)
    const other = simulatedProvider({ clock, bootDelayMs: 60_000, network })
    assert.deepEqual(await other.ensure(machine), await provider.ensure(machine))
  })

  it('gives addresses inside the network, but not its first and last', async () => {
    const tiny = simulatedProvider({ clock, bootDelayMs: 0, network: '192.168.7.9/30' })
    const seen = new Set<string | undefined>()
    for (let n = 0; n < 50; n += 1) {
      const answer = (await tiny.ensure(aMachine({ uid: `uid-${n}` }))) as Extract<Provided, { kind: 'running' }>
      seen.add(answer.endpoints[0]?.address)
    }
    assert.deepEqual([...seen].sort(), ['192.168.7.10', '192.168.7.9'])
  })

  const cases: readonly (readonly [faults: string, strategy: 'Always' | 'RerunOnFailure', kinds: readonly string[]])[] =
    [
      ['create', 'Always', ['refused', 'refused', 'refused']],
      ['create:2', 'Always', ['refused', 'refused', 'starting', 'starting', 'running']],
      ['boot', 'Always', ['troubled', 'troubled', 'troubled']],
      ['crash', 'Always', ['starting', 'starting', 'running', 'starting', 'starting', 'running', 'running']],
      ['crash:1', 'RerunOnFailure', ['starting', 'starting', 'running', 'starting', 'starting', 'running', 'running']],
      ['shutdown', 'Always', ['starting', 'starting', 'running', 'starting', 'starting', 'running', 'running']],
      ['shutdown', 'RerunOnFailure', ['starting', 'starting', 'running', 'stopped', 'stopped']],
      ['remove', 'Always', ['starting', 'starting', 'running', 'running']],
    ]
  for (const [simulatedFaults, runStrategy, want] of cases) {
    it(`told ${simulatedFaults} with ${runStrategy} it answers ${want.join(', ')}`, async () => {
      const { kinds } = await ask(aMachine({ simulatedFaults }, { runStrategy }), want.length)
      assert.deepEqual(kinds, want)
    })
  }

  it('starts a machine whose guest has shut down when it is told to run always', async () => {
    const { machine } = await ask(aMachine({ simulatedFaults: 'shutdown' }, { runStrategy: 'RerunOnFailure' }), 4)
    assert.equal(machine.status?.reason, 'ShutDown')
    const always: Machine = { ...machine, spec: { ...machine.spec, runStrategy: 'Always' } }
    assert.deepEqual((await ask(always, 3)).kinds, ['starting', 'starting', 'running'])
  })

  it('hangs for good on removal when it is told so', async () => {
    const machine = aMachine({ simulatedFaults: 'boot, remove' })
    const answer = await provider.remove(machine)
    assert.deepEqual([answer.kind, 'recheckAfterMs' in answer], ['going', false])
  })

  it('refuses a fault that it does not know and names those that it knows', async () => {
    for (const simulatedFaults of ['explode', 'crash:-1', 'create:', 'crash boot']) {
      const answer = await provider.ensure(aMachine({ simulatedFaults }))
      assert.equal(answer.kind, 'refused')
      assert.match('message' in answer ? answer.message : '', /create, boot, crash, shutdown, remove/)
    }
  })
})
