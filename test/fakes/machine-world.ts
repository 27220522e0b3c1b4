import { msBetween, type Tick, tickOf } from '../../operator/application/clock.ts'
import { clockCheck } from '../../operator/application/clock-check.ts'
import { clockSkew } from '../../operator/application/clock-skew.ts'
import { stepEvents } from '../../operator/application/event/step-events.ts'
import { machineAttachments } from '../../operator/application/machine/machine-attachments.ts'
import { type MachineChoices, type MachineParts, machineKind } from '../../operator/application/machine/machine-kind.ts'
import { machineNetworks } from '../../operator/application/machine/machine-networks.ts'
import { machineStorages } from '../../operator/application/machine/machine-storages.ts'
import { networkAddresses } from '../../operator/application/network/addresses.ts'
import type { Outcome } from '../../operator/application/outcome.ts'
import { nextTries } from '../../operator/application/resource/next-tries.ts'
import { reconcileResource } from '../../operator/application/resource/reconcile-resource.ts'
import { machineEventFrom } from '../../operator/domain/event/machine-event.ts'
import type { Machine, MachineStatus } from '../../operator/domain/machine/machine.ts'
import type { MachinePolicies } from '../../operator/domain/machine/policy.ts'
import type { Fabric } from '../../operator/domain/network/fabric.ts'
import type { Network } from '../../operator/domain/network/network.ts'
import { keyOf } from '../../operator/domain/reservation/reservation.ts'
import type { PoolStock } from '../../operator/domain/resource/pool.ts'
import type { Storage } from '../../operator/domain/storage/storage.ts'
import { afterTen } from '../fixtures/builders.ts'
import { aMachine, thePool } from '../fixtures/machine-builders.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'
import { type InMemoryCapacity, inMemoryCapacity } from './in-memory-capacity.ts'
import { type InMemoryResources, inMemoryResources } from './in-memory-resources.ts'
import { type RecordedRelay, recordedRelay } from './recorded-relay.ts'
import { type ScriptedProvider, scriptedProvider } from './scripted-provider.ts'

export interface MachineWorldOptions {
  readonly machine?: Machine
  readonly policies?: MachinePolicies
  readonly stocks?: readonly PoolStock[]
  /** Stands between the operator and a port; to have it crash. */
  readonly wrap?: <T extends object>(port: T) => T
}

/** Everything around one machine, in memory; the store's clock is right. The operator in it can be started again, with nothing that it knew. */
export interface MachineWorld {
  readonly clock: FakeClock
  readonly machines: InMemoryResources<Machine>
  /** Those of the namespace `far` are not looked after; those of `unlisted` were not seen. */
  readonly networks: InMemoryResources<Network>
  readonly fabrics: Map<string, Fabric>
  /** Those of the namespace `unlisted` were not seen. */
  readonly storages: InMemoryResources<Storage>
  /** Other machines, which say what they were made with. */
  readonly others: Machine[]
  readonly capacity: InMemoryCapacity
  readonly provider: ScriptedProvider
  readonly kubevirt: ScriptedProvider
  /** The relay of the operator that runs now. */
  readonly relay: RecordedRelay
  readonly parts: MachineParts
  /** What makes the machines of `parts` as they are. */
  readonly choices: MachineChoices
  /** What its observer was told: the steps of each status. */
  readonly told: string[][]
  /** The keys whose events are all out, each time. */
  readonly published: string[]
  reconcile(): Promise<Outcome>
  /** Ends this operator and starts another. */
  restart(): void
  /** The machine as it is stored; throws when it is gone. */
  stored(): Machine & { readonly status: MachineStatus }
}

const identity = <T extends object>(port: T): T => port

export function machineWorld(options: MachineWorldOptions = {}): MachineWorld {
  const { machine = aMachine(), policies = {}, stocks = thePool(), wrap = identity } = options
  const clock = fakeClock()
  const machines = inMemoryResources<Machine>('kbnt.io/machine')
  const capacity = inMemoryCapacity()
  const provider = scriptedProvider('Simulated', afterTen(0))
  const kubevirt = scriptedProvider('KubeVirt', afterTen(0))
  const told: string[][] = []
  const published: string[] = []
  const key = keyOf(machine.namespace, machine.name)
  machines.put(machine)

  const networks = inMemoryResources<Network>('kbnt.io/network')
  const fabrics = new Map<string, Fabric>()
  const storages = inMemoryResources<Storage>('kbnt.io/storage')
  const others: Machine[] = []
  const attachments = () =>
    machineAttachments(
      machineNetworks({
        networks: wrap(networks),
        addresses: networkAddresses({ networks: wrap(networks), known: () => [], clock }),
        isServed: (namespace) => namespace !== 'far',
        isSeen: (namespace) => namespace !== 'unlisted',
        fabricOf: (name) => fabrics.get(name),
        providerOf: ({ spec }) => spec.provider ?? 'Simulated',
        now: clock.now,
      }),
      machineStorages({
        storages: wrap(storages),
        isSeen: (namespace) => namespace !== 'unlisted',
        known: ({ uid }) => others.filter(({ status }) => status?.storages?.some((one) => one.uid === uid)),
        unseen: () => undefined,
        providerOf: ({ spec }) => spec.provider ?? 'Simulated',
      }),
    )
  const choices: MachineChoices = {
    ...{ providers: { Simulated: wrap(provider), KubeVirt: wrap(kubevirt) }, defaultProvider: 'Simulated', policies },
  }

  /** By the server's clock, which nobody sets, the time is the steady one. */
  const skewNow = () => {
    const skew = clockSkew(clock)
    skew.observe(msBetween(tickOf(0), clock.tick()))
    return skew
  }
  const start = (relay: RecordedRelay, skew = skewNow()) => ({
    relay,
    parts: {
      kind: machineKind({ ...choices, attachments: attachments() }),
      resources: wrap(machines),
      capacity: wrap(capacity),
      pools: { stocksOf: (namespace: string) => stocks.filter((stock) => stock.namespace === namespace) },
      maxTries: 3,
      events: stepEvents({
        relay,
        eventFor: (of, number) => ({
          ...machineEventFrom(of, { cluster: 'eu-1', number, term: 1 }),
          topics: ['virtualization-events'],
        }),
        onPublished: (of) => void published.push(of),
      }),
      askedAt: new Map<string, Tick>(),
      ...{ clock, skew, nextTries: nextTries(clock), clockIsRight: clockCheck({ skew, clock, objects: machines }) },
      observer: {
        told: (_: Machine, __: MachineStatus, steps: MachineStatus['history']) =>
          void told.push(steps.map(({ operation }) => operation)),
      },
    } satisfies MachineParts,
  })
  let running = start(recordedRelay())

  return {
    ...{ clock, machines, networks, fabrics, storages, others, capacity, provider, kubevirt, told, published, choices },
    get relay() {
      return running.relay
    },
    get parts() {
      return running.parts
    },
    reconcile: () => reconcileResource(running.parts, key),
    restart() {
      running = start(recordedRelay())
    },
    stored() {
      const found = machines.stored(key)
      if (!found?.status) throw new Error('there is no status')
      return { ...found, status: found.status }
    },
  }
}
