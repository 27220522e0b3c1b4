import assert from 'node:assert/strict'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import type { Machine } from '../../../operator/domain/machine/machine.ts'
import { childNameOf } from '../../../operator/domain/resource/resource.ts'
import { ApiError, UnknownOutcomeError } from '../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import {
  type KubevirtMachine,
  kubevirtMachines,
} from '../../../operator/infrastructure/kubernetes/kubevirt/kubevirt-resources.ts'
import { type ResourceClient, resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import { steadyClock } from '../../../operator/infrastructure/kubernetes/timers.ts'
import { aMachine, machineProviderContract } from '../../contracts/machine-provider.contract.ts'
import { type VirtController, virtController } from '../../fixtures/kubevirt/virt-controller.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { clientOf, makeNamespace } from '../kubernetes/config-maps.ts'
import {
  aProvider,
  guestReports,
  installKubevirt,
  knowsByItsOwner,
  namespace,
  newMachine,
  type ProviderChoices,
  type ProviderInUse,
  pause,
  uninstallKubevirt,
} from './kubevirt-side.ts'

const notServed =
  'KubeVirt is not installed: the API server does not serve kubevirt.io/v1; install it, or name another provider in a new machine'

const unseen = { kind: 'going', recheckAfterMs: 10_000, isRefused: true, isUnseen: true }

describe('KubeVirt on a real API server', function () {
  this.timeout(60_000)
  let server: ApiServer
  let client: KubernetesClient
  let machines: ResourceClient<KubevirtMachine>
  let controller: VirtController
  let inUse: ProviderInUse
  const opened: { stop?(): Promise<void>; close?(): Promise<void> }[] = []

  const open = (through = client, choices: ProviderChoices = {}): ProviderInUse => {
    const opening = aProvider(through, choices)
    opened.push(opening.provider)
    return opening
  }
  const count = async ({ uid }: Machine): Promise<number> =>
    (await machines.list({ namespace, labelSelector: `kbnt.io/machine-uid=${uid}` })).items.length

  before(async () => {
    server = await testbed().ownApiServer()
    client = clientOf(server.kubeconfigPath)
    machines = resourceClient(client, kubevirtMachines)
    await makeNamespace(client, namespace)
  })
  after(async () => {
    await controller?.stop()
    await Promise.all(opened.map(({ stop }) => stop?.()))
    await Promise.all(opened.map(({ close }) => close?.()))
    await client?.close()
    await server?.stop()
  })

  describe('before it is installed', () => {
    it('says that it is not there, and finds it at most 10 s after it is', async () => {
      const clock = { ...steadyClock(), now: () => now }
      let now = 0
      const { provider } = open(client, { clock })
      assert.equal(await provider.unavailable(namespace), notServed)
      assert.deepEqual({ ...(await provider.remove(newMachine())), message: '' }, { ...unseen, message: '' })
      await installKubevirt(server)
      assert.equal(await provider.unavailable(namespace), notServed)
      now = 10_000
      assert.equal(await provider.unavailable(namespace), undefined)
    })
  })

  describe('when it is installed', () => {
    before(async () => {
      controller = await virtController(client)
      inUse = open()
      assert.equal(await inUse.provider.unavailable(namespace), undefined)
    })

    machineProviderContract('KubeVirt', async () => ({
      provider: inUse.provider,
      newMachine: async () => newMachine(),
      // the change may have come before we listen, so this waits a little for one that may never come
      goOn: (machine) => Promise.race([inUse.nextChange(machine), pause(100)]).then(() => {}),
      now: Date.now,
      count,
    }))

    it('stores exactly what was built: KubeVirt’s schema drops nothing of it', async () => {
      for (const kind of ['emptyDisk', 'dataVolume'] as const) {
        const machine = newMachine({ network: 'lan', runStrategy: 'Halted' })
        await open(client, { storage: { kind } }).provider.ensure(machine)
        const { body } = await machines.get(namespace, childNameOf(machine))
        const template = body.spec['template'] as { readonly metadata: object; readonly spec: Record<string, unknown> }
        assert.deepEqual(template.spec['networks'], [{ name: 'default', multus: { networkName: 'lan' } }])
        assert.equal(body.metadata.ownerReferences?.[0]?.uid, machine.uid)
        assert.match(JSON.stringify(template.metadata), new RegExp(machine.uid))
        assert.match(JSON.stringify(body.spec), kind === 'emptyDisk' ? /"capacity":"20Gi"/ : /"storage":"20Gi"/)
      }
    })

    it('follows a machine up by its watch alone and names the address of its interface', async () => {
      const machine = newMachine()
      const { ref } = await inUse.until(machine, 'running')
      assert.deepEqual(ref, { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: childNameOf(machine) })
      const { endpoints } = await inUse.until(machine, 'running')
      assert.deepEqual(endpoints, [{ name: 'ssh', address: '10.244.0.17', port: 22 }])
    })

    it('passes on which addresses the guest reports, whenever that changes', async () => {
      const machine = newMachine()
      await inUse.until(machine, 'running')
      for (const address of ['10.20.0.99', '10.20.0.2']) {
        const changed = inUse.nextChange(machine)
        await guestReports(client, machine, address)
        await changed
        assert.deepEqual((await inUse.until(machine, 'running')).reported, [address])
      }
    })

    it('tells that a guest has shut down', async () => {
      const machine = newMachine({ runStrategy: 'RerunOnFailure' })
      await inUse.until(machine, 'running')
      await controller.shutDown(namespace, childNameOf(machine))
      assert.equal((await inUse.until(machine, 'stopped')).wanted, false)
    })

    it('passes on the words of KubeVirt about a machine that it can’t start', async () => {
      const machine = newMachine()
      controller.printed.set(childNameOf(machine), 'ErrorUnschedulable')
      const { message } = await inUse.until(machine, 'troubled')
      assert.equal(message, 'ErrorUnschedulable: Guest VM is not reported as running')
      controller.printed.clear()
      controller.lookAt(`${namespace}/${childNameOf(machine)}`)
      await inUse.until(machine, 'running')
    })

    it('makes a machine again that somebody has deleted', async () => {
      const machine = newMachine()
      await inUse.until(machine, 'running')
      const { uid } = (await machines.get(namespace, childNameOf(machine))).body.metadata
      await machines.delete(namespace, childNameOf(machine))
      while ((await inUse.provider.ensure(machine)).kind === 'running') await pause(20)
      await inUse.until(machine, 'running')
      assert.notEqual((await machines.get(namespace, childNameOf(machine))).body.metadata.uid, uid)
    })

    it('knows a machine whose label somebody took off by its owner, puts it back, and removes it', () =>
      knowsByItsOwner(inUse, machines))

    it('says what it waits for while KubeVirt does not let a machine go', async () => {
      const machine = newMachine()
      await inUse.until(machine, 'running')
      controller.hanging.add(childNameOf(machine))
      await inUse.provider.remove(machine)
      const want = `KubeVirt machine ${childNameOf(machine)} is being deleted (Terminating)`
      for (;;) {
        const removal = await inUse.provider.remove(machine)
        assert.equal(removal.kind, 'going')
        if (removal.kind === 'going' && removal.message === want) break
        await Promise.race([inUse.nextChange(machine), pause(100)])
      }
      controller.hanging.clear()
      controller.lookAt(`${namespace}/${childNameOf(machine)}`)
      await inUse.untilGone(machine)
      assert.equal(await count(machine), 0)
    })

    it('takes over the machine of a create whose answer was lost', async () => {
      const machine = newMachine()
      const lossy: KubernetesClient = {
        ...client,
        async call(call) {
          const answer = await client.call<never>(call)
          if (call.method === 'POST') throw new UnknownOutcomeError('the answer was lost', true)
          return answer
        },
      }
      await assert.rejects(open(lossy).provider.ensure(machine), UnknownOutcomeError)
      await inUse.until(machine, 'running')
      assert.equal(await count(machine), 1)
    })

    it('refuses in place of taking over what is somebody else’s, and leaves it alone on removal', async () => {
      const machine = newMachine()
      const name = childNameOf(machine)
      const spec = { runStrategy: 'Halted', template: { spec: { domain: { devices: {} } } } }
      const kind = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine' }
      await machines.create({ ...kind, metadata: { namespace, name }, spec })
      const answer = await inUse.provider.ensure(machine)
      assert.deepEqual(answer, {
        kind: 'refused',
        message: `there is another KubeVirt machine called ${name}, of nobody we know`,
      })
      assert.deepEqual(await inUse.provider.remove(machine), { kind: 'gone' })
      assert.equal((await machines.get(namespace, name)).body.metadata.deletionTimestamp, undefined)
    })

    it('refuses a machine without an image, which could not boot', async () => {
      const { image: _image, ...spec } = aMachine().spec
      const answer = await inUse.provider.ensure({ ...newMachine(), spec })
      assert.match(answer.kind === 'refused' ? answer.message : '', /spec.image is missing/)
    })

    it('refuses in the words of the API server what that refuses', async () => {
      const answer = await inUse.provider.ensure(newMachine({ memory: 'much' }))
      assert.equal(answer.kind, 'refused')
      assert.match('message' in answer ? answer.message : '', /spec.template.spec.domain.memory.guest/)
    })

    it('says what it is not allowed to do', async () => {
      const stranger = clientOf(await server.kubeconfigFor('nobody'))
      opened.push(stranger)
      const { provider } = open(stranger)
      const unavailable = await provider.unavailable(namespace)
      assert.match(unavailable ?? '', /^KubeVirt's machines can't be watched: .*"nobody" cannot list/)
      const answer = await provider.ensure(newMachine())
      assert.match(answer.kind === 'refused' ? answer.message : '', /"nobody" cannot create/)
    })
  })

  describe('when it is uninstalled', () => {
    it('goes on, says so, and holds on to a machine that it had until somebody abandons it', async () => {
      const { provider } = open()
      assert.equal(await provider.unavailable(namespace), undefined)
      const machine = newMachine()
      const provided = await provider.ensure(machine)
      await controller.stop()
      for (const { metadata } of (await machines.list({ namespace })).items)
        await machines.mergePatch(namespace, metadata.name ?? '', { metadata: { finalizers: null } })
      await uninstallKubevirt(server)
      while ((await provider.unavailable(namespace)) !== notServed) {
        await assert.rejects(provider.ensure(newMachine()), ApiError)
        await pause(50) // the server's own view of what it serves comes a moment later
      }
      assert.ok('ref' in provided)
      const status = { providerRef: provided.ref } as NonNullable<Machine['status']>
      assert.deepEqual(await provider.remove({ ...machine, status }), { ...unseen, message: notServed })
      const rest = await provider.removeRest(machine)
      assert.equal(rest.kind, 'going', 'what ran may run on, so nobody gets its address')
    })
  })
})
