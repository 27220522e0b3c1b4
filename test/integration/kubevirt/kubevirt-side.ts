import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import type { Machine } from '../../../operator/domain/machine/machine.ts'
import type { Provided } from '../../../operator/domain/machine/provided.ts'
import { childNameOf } from '../../../operator/domain/resource/resource.ts'
import type { KubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import type { KubevirtStorage } from '../../../operator/infrastructure/kubernetes/kubevirt/build-kubevirt-machine.ts'
import {
  type KubevirtProvider,
  kubevirtProvider,
} from '../../../operator/infrastructure/kubernetes/kubevirt/kubevirt-provider.ts'
import {
  type KubevirtInstance,
  type KubevirtMachine,
  kubevirtInstances,
} from '../../../operator/infrastructure/kubernetes/kubevirt/kubevirt-resources.ts'
import { type ResourceClient, resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import { type Clock, steadyClock } from '../../../operator/infrastructure/kubernetes/timers.ts'
import { watchedCache } from '../../../operator/infrastructure/kubernetes/watched-cache.ts'
import { aMachine } from '../../contracts/machine-provider.contract.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

export const namespace = 'shop'

const crds = ['virtualmachines.kubevirt.io', 'virtualmachineinstances.kubevirt.io']

/** Serves what KubeVirt serves. */
export async function installKubevirt(server: ApiServer): Promise<void> {
  const files = crds.flatMap((name) => ['-f', `test/fixtures/kubevirt/${name}.yaml`])
  await kubectl(server, 'apply', '--server-side', ...files)
  await kubectl(server, 'wait', '--for=condition=Established', '--timeout=30s', ...files)
}

export function uninstallKubevirt(server: ApiServer): Promise<void> {
  return kubectl(server, 'delete', 'crd', ...crds)
}

async function kubectl(server: ApiServer, ...args: string[]): Promise<void> {
  const { code, stderr } = await testbed().kubectlOf(server)(args)
  assert.equal(code, 0, stderr)
}

/** A provider of its own, as a process of its own has it, and its user. */
export interface ProviderInUse {
  readonly provider: KubevirtProvider
  /** Resolves with the next change that the provider tells of; listens from the call on. */
  nextChange(machine: Machine): Promise<unknown>
  /** Asks at once and at every change until the answer is of this kind: nothing but the watch has it look again. */
  until<K extends Provided['kind']>(machine: Machine, kind: K): Promise<Extract<Provided, { kind: K }>>
  untilGone(machine: Machine): Promise<void>
}

export interface ProviderChoices {
  readonly clock?: Clock
  readonly storage?: KubevirtStorage
}

export function aProvider(client: KubernetesClient, choices: ProviderChoices = {}): ProviderInUse {
  const { clock = steadyClock(), storage = { kind: 'emptyDisk' } } = choices
  const changes = new EventTarget()
  const provider = kubevirtProvider({
    client,
    cacheOf: (resource, handlers) => {
      const parts = { client: resource, namespaces: [undefined], clock: steadyClock(), random: Math.random }
      return watchedCache({ ...parts, handlers, observer: {} })
    },
    clock,
    storage,
    onChanged: (key) => changes.dispatchEvent(new Event(key)),
  })
  const nextChange = (machine: Machine): Promise<unknown> =>
    new Promise((resolve) => changes.addEventListener(`${machine.namespace}/${machine.name}`, resolve, { once: true }))
  return {
    provider,
    nextChange,
    async until(machine, kind) {
      for (;;) {
        const changed = nextChange(machine)
        const provided = await provider.ensure(machine)
        if (provided.kind === kind) return provided as Extract<Provided, { kind: typeof kind }>
        await changed
      }
    },
    async untilGone(machine) {
      for (;;) {
        const changed = nextChange(machine)
        if ((await provider.remove(machine)).kind === 'gone') return
        await changed
      }
    },
  }
}

/** The agent in the guest of a running machine says which address it has. */
export async function guestReports(client: KubernetesClient, machine: Machine, address: string): Promise<void> {
  const interfaces = [{ name: 'default', ipAddress: address, ipAddresses: [address], infoSource: 'guest-agent' }]
  const instances = resourceClient<KubevirtInstance>(client, kubevirtInstances)
  await instances.mergePatch(namespace, childNameOf(machine), { status: { interfaces } })
}

/** A machine of its own name and uid. */
export function newMachine(spec: Partial<Machine['spec']> = {}): Machine {
  const uid = randomUUID()
  return aMachine({ namespace, name: `web.${uid.slice(-4)}`, uid }, spec)
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => steadyClock().schedule(delayMs, resolve))
}

const LABEL = 'kbnt.io/machine-uid'

/** A machine of the provider that loses its label, comes to have it again, loses it once more, and goes. */
export async function knowsByItsOwner(
  { provider, until: untilItIs }: ProviderInUse,
  machines: ResourceClient<KubevirtMachine>,
): Promise<void> {
  const machine = newMachine()
  const name = childNameOf(machine)
  const metadata = async () => (await machines.get(namespace, name)).body.metadata
  const strip = () => machines.mergePatch(namespace, name, { metadata: { labels: { [LABEL]: null } } })
  await untilItIs(machine, 'running')
  const { uid } = (await strip()).body.metadata
  await until('its label', 10_000, async () => {
    assert.notEqual((await provider.ensure(machine)).kind, 'refused')
    return (await metadata()).labels?.[LABEL] === machine.uid || undefined
  })
  assert.equal((await metadata()).uid, uid)
  await strip()
  assert.equal((await provider.remove(machine)).kind, 'going')
  await until('its end', 10_000, async () => (await provider.remove(machine)).kind === 'gone' || undefined)
  await assert.rejects(metadata(), /not found/)
}
