import assert from 'node:assert/strict'
import type { MachineProvider } from '../../operator/application/machine/machine-kind.ts'
import type { Machine, MachineSpec, RunStrategy } from '../../operator/domain/machine/machine.ts'
import { machineStatusAfter } from '../../operator/domain/machine/machine-status.ts'
import type { Provided } from '../../operator/domain/machine/provided.ts'

export interface MachineProviderUnderTest {
  readonly provider: MachineProvider
  /** A machine that nobody has provided yet, of its own name and uid. */
  newMachine(): Promise<Machine>
  /** Lets happen what brings a machine further; resolves when the provider may have another answer. */
  goOn(machine: Machine): Promise<void>
  /** Milliseconds since 1970. */
  now(): number
  /** How many machines its provider has for this one; absent where there is nothing to be counted. */
  count?(machine: Machine): Promise<number>
}

type Kind = Provided['kind']
type Followed<K extends Kind> = { readonly machine: Machine; readonly provided: Extract<Provided, { kind: K }> }

/** A machine as the operator knows it before it was asked for anything. */
export function aMachine(particular: Partial<Omit<Machine, 'spec'>> = {}, spec: Partial<MachineSpec> = {}): Machine {
  return {
    namespace: 'shop',
    name: 'web-1',
    uid: '0909a693-1111-4222-8333-444444444444',
    resourceVersion: '1',
    generation: 1,
    createdAt: Date.UTC(2026, 10, 22, 10),
    held: true,
    finalizers: ['kbnt.io/machine'],
    abandoned: false,
    ...particular,
    spec: {
      ...{ cpu: 2, memory: '4Gi', disk: '20Gi', image: 'registry.example.com/machines/debian:12' },
      ...{ pool: 'east', poolNamespace: 'shop', runStrategy: 'Always', waitFor: '0s', priority: 0 },
      ...spec,
    },
  }
}

/** The machine with a status that says what its provider has answered. */
export function afterAnswer(machine: Machine, provided: Provided, atMs: number, maxTries = 5): Machine {
  const facts = { at: new Date(atMs).toISOString(), provider: 'Simulated', reservation: 'r', published: 0 } as const
  const status = machineStatusAfter(
    machine,
    { kind: 'provided', provided },
    { ...facts, capacity: { cost: [] }, maxTries },
  )
  return { ...machine, status }
}

/** What every MachineProvider promises. */
export function machineProviderContract(name: string, open: () => Promise<MachineProviderUnderTest>): void {
  describe(`${name} as a MachineProvider`, () => {
    let subject: MachineProviderUnderTest
    before(async () => {
      subject = await open()
    })

    /** Asks, reports and lets things happen until the answer is of this kind. */
    async function follow<K extends Kind>(from: Machine, kind: K): Promise<Followed<K>> {
      let machine = from
      for (let asked = 0; asked < 20; asked += 1) {
        const provided = await subject.provider.ensure(machine)
        machine = afterAnswer(machine, provided, subject.now())
        if (provided.kind === kind) return { machine, provided: provided as Extract<Provided, { kind: K }> }
        await subject.goOn(machine)
      }
      throw new Error(`${machine.name} is not ${kind}: ${machine.status?.message}`)
    }
    const told = (machine: Machine, runStrategy: RunStrategy): Machine => ({
      ...machine,
      spec: { ...machine.spec, runStrategy },
    })
    async function removed(machine: Machine): Promise<void> {
      for (let asked = 0; asked < 20; asked += 1) {
        if ((await subject.provider.remove(machine)).kind === 'gone') return
        await subject.goOn(machine)
      }
      throw new Error(`${machine.name} does not go`)
    }

    it('can run machines where it is there', async () => {
      assert.equal(await subject.provider.unavailable('shop'), undefined)
    })

    it('starts a machine, then has it running with an address to log in at', async () => {
      const machine = await subject.newMachine()
      const first = await subject.provider.ensure(machine)
      assert.equal(first.kind, 'starting')
      const { provided } = await follow(machine, 'running')
      assert.equal(provided.endpoints[0]?.name, 'ssh')
      assert.equal(provided.endpoints[0]?.port, 22)
      assert.match(provided.endpoints[0]?.address ?? '', /^\d+\.\d+\.\d+\.\d+$/)
      assert.ok(!Number.isNaN(Date.parse(provided.startedAt)))
    })

    it('answers the same about a running machine each time', async () => {
      const { machine, provided } = await follow(await subject.newMachine(), 'running')
      assert.deepEqual(await subject.provider.ensure(machine), provided)
      assert.deepEqual(await subject.provider.ensure(machine), provided)
    })

    it('makes one machine of two calls that know nothing of each other', async () => {
      const machine = await subject.newMachine()
      const [one, other] = await Promise.all([subject.provider.ensure(machine), subject.provider.ensure(machine)])
      assert.ok('ref' in one && 'ref' in other, `${one.kind} ${other.kind}`)
      assert.deepEqual(one.ref, other.ref)
      assert.equal((await subject.count?.(machine)) ?? 1, 1)
    })

    it('stops a machine that is told to halt and starts it again', async () => {
      const { machine } = await follow(await subject.newMachine(), 'running')
      const stopped = await follow(told(machine, 'Halted'), 'stopped')
      assert.equal(stopped.provided.wanted, true)
      const again = await follow(told(stopped.machine, 'RerunOnFailure'), 'running')
      assert.equal(again.provided.endpoints[0]?.name, 'ssh')
    })

    it('halts a machine that runs, whatever its spec says, and makes none', async () => {
      const { machine } = await follow(await subject.newMachine(), 'running')
      let isOff = false
      for (let asked = 0; asked < 20 && !isOff; asked += 1) {
        isOff = await subject.provider.halt(machine)
        if (!isOff) await subject.goOn(told(machine, 'Halted'))
      }
      assert.equal(isOff, true)
      const other = await subject.newMachine()
      await subject.provider.halt(other)
      assert.equal((await subject.count?.(other)) ?? 0, 0)
    })

    it('does not start a machine that is to be halted from the beginning', async () => {
      const { provided } = await follow(told(await subject.newMachine(), 'Halted'), 'stopped')
      assert.equal(provided.wanted, true)
    })

    it('takes a running machine away and goes on saying that it is gone', async () => {
      const { machine } = await follow(await subject.newMachine(), 'running')
      await removed(machine)
      assert.deepEqual(await subject.provider.remove(machine), { kind: 'gone' })
      assert.equal((await subject.count?.(machine)) ?? 0, 0)
    })

    it('says of a machine that never was that it is gone', async () => {
      assert.deepEqual(await subject.provider.remove(await subject.newMachine()), { kind: 'gone' })
    })
  })
}
