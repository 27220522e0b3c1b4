import assert from 'node:assert/strict'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import type { KubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import {
  type AttachmentDefinition,
  attachmentDefinitions,
} from '../../../operator/infrastructure/kubernetes/networks/attachment-definition.ts'
import { type ResourceClient, resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import { createNetwork } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { clientOf } from '../kubernetes/config-maps.ts'
import { installMultus } from '../networks/multus-side.ts'

const namespace = 'operator-moved-fabric'

describe('a fabric whose settings name another parent', () => {
  let server: ApiServer
  let client: KubernetesClient
  let site: ObservedNamespaces
  let operator: OperatorProcess
  let definitions: ResourceClient<AttachmentDefinition>

  const create = (name: string, vlan: number) =>
    createNetwork(
      site,
      { namespace, name },
      { cidr: `10.${vlan}.0.0/24`, vlan, provider: 'NetworkAttachmentDefinition' },
    )
  const untilReason = (name: string, reason: string) =>
    site.networks.until(`${namespace}/${name}`, (network) => network?.status?.reason === reason)
  const configOf = async (name: string) => (await definitions.get(namespace, name)).body.spec.config
  const start = async (parent: string) => {
    operator = operatorProcess({
      kubeconfigPath: server.kubeconfigPath,
      namespaces: [namespace],
      settings: { networks: { fabrics: { default: { parent } } } },
    })
    await operator.start()
  }

  before(async function () {
    this.timeout(120_000)
    server = await testbed().ownApiServer()
    client = clientOf(server.kubeconfigPath)
    definitions = resourceClient(client, attachmentDefinitions)
    await installMultus(server)
    site = await observedNamespaces(server.kubeconfigPath, [namespace])
    await start('br1')
  })
  after(async () => {
    await operator?.dispose()
    await site?.close()
    await client?.close()
    await server?.stop()
  })

  it('keeps its networks as they are, takes no new one before they are gone, and then the new parent', async function () {
    this.timeout(120_000)
    await create('blue', 120)
    const { status } = await untilReason('blue', 'Active')
    const blue = status?.providerRef?.name ?? ''
    const config = await configOf(blue)
    assert.match(config, /"bridge":"br1","vlan":120/)
    await operator.dispose()

    await start('br2')
    await create('red', 121)
    const waiting = await untilReason('red', 'FabricMoved')
    assert.equal(waiting.status?.phase, 'Pending')
    assert.match(waiting.status?.message ?? '', /were made on br1 \(bridge\), and its settings name br2 \(bridge\)/)
    await definitions.mergePatch(namespace, blue, { spec: { config: '{}' } })
    await until('definition that is put right', 20_000, async () => (await configOf(blue)) === config || undefined)
    assert.equal(site.networks.latest(`${namespace}/blue`)?.status?.reason, 'Active')

    await site.clients.networks.delete(namespace, 'blue')
    const made = await untilReason('red', 'Active')
    assert.match(await configOf(made.status?.providerRef?.name ?? ''), /"bridge":"br2","vlan":121/)
  })
})
