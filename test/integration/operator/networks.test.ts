import assert from 'node:assert/strict'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import type { KubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import {
  type AttachmentDefinition,
  attachmentDefinitions,
} from '../../../operator/infrastructure/kubernetes/networks/attachment-definition.ts'
import { networkFabricsResource } from '../../../operator/infrastructure/kubernetes/networks/network-fabrics.ts'
import { type ResourceClient, resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { NetworkFabric } from '../../../operator/infrastructure/kubernetes/resources/generated/network-fabric.ts'
import { createNetwork } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { clientOf } from '../kubernetes/config-maps.ts'
import { installMultus } from '../networks/multus-side.ts'

const namespace = 'operator-networks'
const guests = 'operator-networks-guests'

describe('the operator with networks', () => {
  let server: ApiServer
  let client: KubernetesClient
  let site: ObservedNamespaces
  let operator: OperatorProcess
  let definitions: ResourceClient<AttachmentDefinition>
  let books: ResourceClient<NetworkFabric>

  const create = (name: string, spec: object, where = namespace, simulate?: string) => {
    const annotations = simulate === undefined ? {} : { 'kbnt.io/simulate': simulate }
    return createNetwork(site, { namespace: where, name, annotations }, spec)
  }
  const untilPhase = (name: string, phase: string, reason = phase, where = namespace) =>
    site.networks.until(
      `${where}/${name}`,
      (network) => network?.status?.phase === phase && network.status.reason === reason,
    )
  const remove = async (name: string, where = namespace) => {
    await site.clients.networks.delete(where, name)
    await site.networks.until(`${where}/${name}`, (network) => network === undefined)
  }
  const claimsOf = async (fabric: string) => (await books.get(namespace, fabric)).body.spec.claims

  before(async function () {
    this.timeout(120_000)
    server = await testbed().ownApiServer()
    client = clientOf(server.kubeconfigPath)
    definitions = resourceClient(client, attachmentDefinitions)
    books = resourceClient(client, networkFabricsResource)
    await installMultus(server)
    site = await observedNamespaces(server.kubeconfigPath, [namespace, guests])
    const fabrics = {
      default: { parent: 'br1' },
      lab: { vlans: [{ from: 10, to: 19 }], cidrs: ['10.0.0.0/8'], namespaces: [namespace] },
    }
    operator = operatorProcess({
      kubeconfigPath: server.kubeconfigPath,
      namespaces: [namespace, guests],
      settings: { networks: { fabrics } },
    })
    await operator.start()
  })
  after(async () => {
    await operator?.dispose()
    await site?.close()
    await client?.close()
    await server?.stop()
  })

  it('claims and activates a network, tells of each step, and frees everything in the end', async () => {
    await create('blue', { cidr: '10.20.0.9/24', vlan: 120, requestId: 'req-1' })
    const { status, metadata } = await untilPhase('blue', 'Active')
    assert.equal(status?.networkId, `NET-${metadata.uid?.slice(0, 8).toUpperCase()}`)
    assert.equal(status.cidr, '10.20.0.0/24')
    const claim = {
      uid: metadata.uid,
      namespace,
      name: 'blue',
      vlan: 120,
      cidr: '10.20.0.0/24',
      provider: status.provider,
      sharedWith: [],
    }
    assert.deepEqual(await claimsOf('default'), [claim])
    await remove('blue')
    assert.deepEqual(await claimsOf('default'), [])
    const told = operator.events().filter(({ headers }) => headers['ce_id']?.startsWith(metadata.uid ?? '-'))
    assert.deepEqual(
      told.filter(({ topic }) => topic === 'virtualization-events').map(({ headers }) => headers['ce_type']),
      ['requested', 'claimed', 'activated', 'deleted'].map((verb) => `io.kbnt.network.${verb}.v1`),
    )
  })

  it('gives a vlan and a range to one of two, also of another namespace, and to the other when that one is gone', async () => {
    await create('first', { cidr: 'fd00:20::/64', vlan: 130 })
    await untilPhase('first', 'Active')
    await create('second', { cidr: 'FD00:20:0:0:8000::/65', vlan: 131 }, guests)
    const { status } = await untilPhase('second', 'Failed', 'CidrTaken', guests)
    assert.match(status?.message ?? '', /overlaps fd00:20::\/64 of network operator-networks\/first on fabric default/)
    await create('third', { cidr: '10.3.0.0/24', vlan: 130 }, guests)
    await untilPhase('third', 'Failed', 'VlanTaken', guests)
    await remove('first')
    await untilPhase('second', 'Active', 'Active', guests)
    await untilPhase('third', 'Active', 'Active', guests)
    await remove('second', guests)
    await remove('third', guests)
  })

  it('lets one of many through that are asked for at once', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `many-${index}`)
    await Promise.all(names.map((name, index) => create(name, { cidr: `10.40.${index}.0/24`, vlan: 140 })))
    await Promise.all(
      names.map((name) => site.networks.until(`${namespace}/${name}`, (one) => one?.status !== undefined)),
    )
    const phases = names.map((name) => site.networks.latest(`${namespace}/${name}`)?.status?.phase)
    assert.deepEqual([...phases].sort(), ['Active', ...Array<string>(9).fill('Failed')])
    await Promise.all(names.map((name) => remove(name)))
    assert.deepEqual(await claimsOf('default'), [])
  })

  it('says what the rules of a fabric are against', async () => {
    await create('far', { cidr: '10.1.0.0/24', vlan: 20, fabric: 'lab' })
    const { status } = await untilPhase('far', 'Failed', 'OutOfRange')
    assert.equal(status?.message, 'vlan 20 is none of fabric lab, which has 10 to 19')
    await create('guest', { cidr: '10.1.0.0/24', vlan: 10, fabric: 'lab' }, guests)
    await untilPhase('guest', 'Failed', 'FabricNotShared', guests)
    await create('nowhere', { cidr: '10.1.0.0/24', vlan: 10, fabric: 'moon' })
    await untilPhase('nowhere', 'Pending', 'FabricUnknown')
    await create('real', { cidr: '10.1.0.0/24', vlan: 10, fabric: 'lab', provider: 'NetworkAttachmentDefinition' })
    await untilPhase('real', 'Pending', 'FabricUnknown')
    for (const name of ['far', 'nowhere', 'real']) await remove(name)
    await remove('guest', guests)
  })

  it('makes a real one, keeps it as it was made, and takes it away before another may have its vlan', async () => {
    await create('real', { cidr: '10.50.0.0/24', vlan: 150, provider: 'NetworkAttachmentDefinition' })
    const { status } = await untilPhase('real', 'Active')
    const name = status?.providerRef?.name ?? ''
    const { config } = (await definitions.get(namespace, name)).body.spec
    assert.match(config, /"bridge":"br1","vlan":150/)
    await definitions.mergePatch(namespace, name, { spec: { config: '{}' } })
    const configNow = async () => (await definitions.get(namespace, name)).body.spec.config
    await until('definition that is put right', 10_000, async () => (await configNow()) === config || undefined)
    await remove('real')
    await assert.rejects(definitions.get(namespace, name), /not found/)
  })

  it('keeps the claim of one that its provider does not let go of, until somebody gives that up', async () => {
    await create('stuck', { cidr: '10.60.0.0/24', vlan: 160 }, namespace, 'remove')
    await untilPhase('stuck', 'Active')
    await site.clients.networks.delete(namespace, 'stuck')
    const { status } = await untilPhase('stuck', 'Deleting')
    assert.match(status?.message ?? '', /annotate -n \S+ vnetwork stuck kbnt\.io\/abandon=true/)
    assert.equal((await claimsOf('default')).length, 1)
    const annotations = { 'kbnt.io/abandon': 'true' }
    await site.clients.networks.mergePatch(namespace, 'stuck', { metadata: { annotations } })
    await site.networks.until(`${namespace}/stuck`, (network) => network === undefined)
    assert.deepEqual(await claimsOf('default'), [])
  })

  it('goes on where another process was killed, and writes a book again that somebody deleted meanwhile', async () => {
    await create('kept', { cidr: '10.70.0.0/24', vlan: 170 })
    await untilPhase('kept', 'Active')
    await operator.kill()
    await resourceClient<NetworkFabric>(client, networkFabricsResource).delete(namespace, 'default')
    await create('greedy', { cidr: '10.70.0.0/25', vlan: 171 })
    await operator.start()
    await untilPhase('greedy', 'Failed', 'CidrTaken')
    assert.equal(site.networks.latest(`${namespace}/kept`)?.status?.phase, 'Active')
    assert.deepEqual(
      (await claimsOf('default')).map(({ name }) => name),
      ['kept'],
    )
  })

  it('goes by nothing of a status that was restored with it, and is told, made and taken away like any other', async () => {
    await create('restored', { cidr: '10.75.0.0/24', vlan: 175 })
    const before = await untilPhase('restored', 'Active')
    await remove('restored')
    await operator.stop()
    const { metadata, ...rest } = await create('restored', { cidr: '10.75.0.0/24', vlan: 175 })
    const { name, uid, resourceVersion } = metadata
    const version = { namespace, name, uid, resourceVersion }
    await site.clients.networks.replaceStatus({ ...rest, metadata: version, status: before.status } as typeof before)
    await operator.start()
    const own = `NET-${uid?.slice(0, 8).toUpperCase()}`
    const { status } = await site.networks.until(
      `${namespace}/restored`,
      (network) => network?.status?.networkId === own && network.status.phase === 'Active',
    )
    assert.deepEqual(
      status?.history.map(({ operation }) => operation),
      ['Request', 'Claim', 'Activate'],
    )
    await remove('restored')
    assert.ok((await claimsOf('default')).every((claim) => claim.uid !== uid))
  })

  it('shows networks in numbers', async () => {
    const text = await operator.metrics()
    assert.match(text, /kbnt_virtual_resources_active\{resource_type="VirtualNetwork"\} 1/)
    assert.match(text, /kbnt_networks\{phase="Failed",reason="CidrTaken"\} 1/)
    assert.match(text, /kbnt_orphaned_network_claims 0/)
  })
})
