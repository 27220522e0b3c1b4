import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import type { Fabric } from '../../../operator/domain/network/fabric.ts'
import type { Network, NetworkSpec } from '../../../operator/domain/network/network.ts'
import type { NewNetwork } from '../../../operator/domain/network/underlay.ts'
import { childNameOf } from '../../../operator/domain/resource/resource.ts'
import { systemClock } from '../../../operator/infrastructure/clock/system-clock.ts'
import { UnknownOutcomeError } from '../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import {
  type AttachmentDefinition,
  attachmentDefinitions,
} from '../../../operator/infrastructure/kubernetes/networks/attachment-definition.ts'
import {
  type AttachmentProvider,
  attachmentProvider,
} from '../../../operator/infrastructure/kubernetes/networks/attachment-provider.ts'
import {
  networkFabrics,
  networkFabricsResource,
} from '../../../operator/infrastructure/kubernetes/networks/network-fabrics.ts'
import { type ResourceClient, resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { NetworkFabric } from '../../../operator/infrastructure/kubernetes/resources/generated/network-fabric.ts'
import { steadyClock } from '../../../operator/infrastructure/kubernetes/timers.ts'
import { watchedCache } from '../../../operator/infrastructure/kubernetes/watched-cache.ts'
import { fabricsContract } from '../../contracts/fabrics.contract.ts'
import { networkProviderContract } from '../../contracts/network-provider.contract.ts'
import { aNetwork } from '../../fixtures/network-builders.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { clientOf, makeNamespace } from '../kubernetes/config-maps.ts'
import { installMultus } from './multus-side.ts'

const namespace = 'nets'
const home = 'kbnt-system'
const common = { vlans: [{ from: 2, to: 4_094 }], cidrs: [], namespaces: '*' } as const
const fabrics: Readonly<Record<string, Fabric>> = {
  default: { ...common, kind: 'bridge', parent: 'br1' },
  wires: { ...common, kind: 'vlan', parent: 'eth1' },
  bare: { ...common, kind: 'bridge' },
}

describe('networks on a real API server', function () {
  this.timeout(60_000)
  let server: ApiServer
  let client: KubernetesClient
  let definitions: ResourceClient<AttachmentDefinition>
  let books: ResourceClient<NetworkFabric>
  let provider: AttachmentProvider
  const opened: AttachmentProvider[] = []
  const changes = new EventTarget()

  const open = (through: KubernetesClient): AttachmentProvider => {
    const opening = attachmentProvider({
      client: through,
      cacheOf: (resource, handlers) => {
        const parts = { client: resource, namespaces: [undefined], clock: steadyClock(), random: Math.random }
        return watchedCache({ ...parts, handlers, observer: {} })
      },
      clock: steadyClock(),
      fabricOf: (name) => fabrics[name],
      onChanged: (key) => changes.dispatchEvent(new Event(key)),
    })
    opened.push(opening)
    return opening
  }
  const newNetwork = (spec: Partial<NetworkSpec> = {}): Network => {
    const uid = randomUUID()
    return aNetwork({ namespace, name: `blue.${uid.slice(-4)}`, uid, spec })
  }
  const definitionOf = async (network: Network) => (await definitions.get(namespace, childNameOf(network))).body
  const booksOf = (install: string, gone: readonly string[] = []) =>
    networkFabrics({ client: books, clock: systemClock(), namespace: home, install, gone })

  before(async () => {
    server = await testbed().ownApiServer()
    client = clientOf(server.kubeconfigPath)
    definitions = resourceClient(client, attachmentDefinitions)
    books = resourceClient(client, networkFabricsResource)
    await makeNamespace(client, namespace)
    await makeNamespace(client, home)
    await makeNamespace(client, 'shop')
    provider = open(client)
  })
  after(async () => {
    await Promise.all(opened.map(({ stop }) => stop()))
    await client?.close()
    await server?.stop()
  })

  it('wait for Multus, and say so', async () => {
    assert.match((await provider.unavailable(namespace)) ?? '', /^NetworkAttachmentDefinitions can't be watched: /)
    await installMultus(server)
    await until('watch', 45_000, async () => (await provider.unavailable(namespace)) === undefined || undefined)
  })

  networkProviderContract('NetworkAttachmentDefinition', async () => ({
    provider,
    newNetwork,
    count: async ({ uid }) =>
      (await definitions.list({ namespace, labelSelector: `kbnt.io/network-uid=${uid}` })).items.length,
  }))

  fabricsContract('NetworkFabric objects', async () => [booksOf('kbnt-system/one'), booksOf('kbnt-system/one')])

  it('are vlans of a bridge, on which machines bring their own addresses', async () => {
    const network = newNetwork({ vlan: 77 })
    await provider.ensure(network)
    const { spec, metadata } = await definitionOf(network)
    const name = childNameOf(network)
    assert.deepEqual(JSON.parse(spec.config), {
      ...{ cniVersion: '0.3.1', name, type: 'bridge', bridge: 'br1', vlan: 77, ipam: {} },
    })
    assert.equal(metadata.annotations?.['kbnt.io/network'], network.name)
    assert.equal(metadata.ownerReferences, undefined)
  })

  it('are vlans of an interface, for pods that name their addresses', async () => {
    const network = newNetwork({ vlan: 78, fabric: 'wires' })
    await provider.ensure(network)
    assert.deepEqual(JSON.parse((await definitionOf(network)).spec.config), {
      ...{ cniVersion: '0.3.1', name: childNameOf(network), type: 'vlan', master: 'eth1', vlanId: 78 },
      ...{ capabilities: { ips: true }, ipam: { type: 'static' } },
    })
  })

  it('are put right where somebody changed or deleted what was made, of which the watch tells', async () => {
    const network = newNetwork()
    await provider.ensure(network)
    const right = (await definitionOf(network)).spec.config
    const name = childNameOf(network)
    const nextChange = () =>
      new Promise((resolve) => changes.addEventListener(`${namespace}/${network.name}`, resolve, { once: true }))
    let changed = nextChange()
    await definitions.mergePatch(namespace, name, { spec: { config: '{}' } })
    await changed
    while ((await definitionOf(network)).spec.config !== right) await provider.ensure(network)
    changed = nextChange()
    await definitions.delete(namespace, name)
    await changed
    for (let found = false; !found; ) {
      await provider.ensure(network)
      found = await definitionOf(network).then(
        () => true,
        () => false,
      )
    }
  })

  it('are not made without a parent', async () => {
    const answer = await provider.ensure(newNetwork({ fabric: 'bare' }))
    assert.deepEqual(answer, { kind: 'refused', message: 'fabric bare has no parent any more' })
  })

  it('are taken over where the answer to a create was lost', async () => {
    const network = newNetwork()
    const lossy: KubernetesClient = {
      ...client,
      async call(call) {
        const answer = await client.call<never>(call)
        if (call.method === 'POST') throw new UnknownOutcomeError('the answer was lost', true)
        return answer
      },
    }
    await assert.rejects(open(lossy).ensure(network), UnknownOutcomeError)
    assert.equal((await open(client).ensure(network)).kind, 'active')
  })

  it('leave alone what is somebody else’s', async () => {
    const network = newNetwork()
    const name = childNameOf(network)
    const config = '{"type":"loopback"}'
    await definitions.create({
      ...{ apiVersion: 'k8s.cni.cncf.io/v1', kind: 'NetworkAttachmentDefinition', metadata: { namespace, name } },
      spec: { config },
    })
    assert.deepEqual(await provider.ensure(network), {
      kind: 'refused',
      message: `there is another NetworkAttachmentDefinition called ${name}, which is not its own`,
    })
    assert.deepEqual(await provider.remove(network), { kind: 'gone' })
    assert.equal((await definitionOf(network)).spec.config, config)
  })

  it('have a book that one install keeps, until that one is named as gone', async () => {
    const claim = { uid: 'u-1', namespace, name: 'blue', vlan: 5, cidr: '10.5.0.0/24' }
    const none: NewNetwork = {
      ...{ rule: undefined, unseen: undefined, known: () => [], elsewhere: () => [], isNew: true },
      underlay: { kind: 'bridge', parent: 'br-shared' },
    }
    const first = booksOf('kbnt-system/first')
    assert.equal(await first.claim('shared', claim, none), undefined)
    const red = { ...claim, uid: 'u-2', name: 'red', vlan: 6, cidr: '10.6.0.0/24' }
    const second = booksOf('kbnt-system/second')
    const objection = await second.claim('shared', red, none)
    assert.equal(objection?.reason, 'FabricTaken')
    assert.match(objection?.message ?? '', /^the operator kbnt-system\/first keeps the book of fabric shared/)
    await second.release('shared', 'u-1')
    assert.deepEqual(
      (await second.all()).filter(({ fabric }) => fabric === 'shared'),
      [],
    )

    const heir = booksOf('kbnt-system/second', ['kbnt-system/first'])
    assert.equal((await heir.claim('shared', { ...red, vlan: 5 }, none))?.reason, 'VlanTaken')
    assert.equal((await first.claim('shared', claim, none))?.reason, 'FabricTaken')
    assert.equal(await heir.claim('shared', red, none), undefined)
    const { body } = await books.get(home, 'shared')
    assert.deepEqual(
      [body.spec.install, body.spec.claims.map(({ name }) => name), body.spec.underlay],
      ['kbnt-system/second', ['blue', 'red'], { kind: 'bridge', parent: 'br-shared' }],
    )
  })
})
