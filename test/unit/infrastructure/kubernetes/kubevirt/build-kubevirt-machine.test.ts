import assert from 'node:assert/strict'
import {
  type BootableMachine,
  buildKubevirtMachine,
  type KubevirtStorage,
} from '../../../../../operator/infrastructure/kubernetes/kubevirt/build-kubevirt-machine.ts'
import { aMachine } from '../../../../contracts/machine-provider.contract.ts'

function templateOf(machine: object, storage: KubevirtStorage = { kind: 'emptyDisk' }) {
  const { spec } = buildKubevirtMachine(machine as BootableMachine, storage)
  return { spec, template: spec['template'] as { readonly metadata: object; readonly spec: Record<string, unknown> } }
}

describe('the KubeVirt machine that is built', () => {
  it('belongs to its machine and names it on itself and on its instances', () => {
    const machine = aMachine()
    const { metadata } = buildKubevirtMachine(machine as BootableMachine, { kind: 'emptyDisk' })
    const mine = { labels: { 'kbnt.io/machine-uid': machine.uid }, annotations: { 'kbnt.io/machine': 'web-1' } }
    const owner = { apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualMachine', name: 'web-1', uid: machine.uid }
    assert.deepEqual(metadata, {
      namespace: 'shop',
      name: 'web-1-0909a693',
      ...mine,
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    })
    assert.deepEqual(templateOf(machine).template.metadata, mine)
  })

  it('boots its image, with an empty disk of the size beside it, in the pod network', () => {
    const { spec, template } = templateOf(aMachine())
    assert.equal(spec.runStrategy, 'Always')
    assert.deepEqual(template.spec, {
      domain: {
        cpu: { cores: 2 },
        memory: { guest: '4Gi' },
        devices: {
          disks: [
            { name: 'root', disk: { bus: 'virtio' }, bootOrder: 1 },
            { name: 'data', disk: { bus: 'virtio' } },
          ],
          interfaces: [{ name: 'default', masquerade: {} }],
        },
      },
      networks: [{ name: 'default', pod: {} }],
      volumes: [
        { name: 'root', containerDisk: { image: 'registry.example.com/machines/debian:12' } },
        { name: 'data', emptyDisk: { capacity: '20Gi' } },
      ],
    })
  })

  it('is bridged to the network that it asks for', () => {
    const { domain, networks } = templateOf(aMachine({}, { network: 'lan' })).template.spec
    assert.deepEqual(networks, [{ name: 'default', multus: { networkName: 'lan' } }])
    const { interfaces } = (domain as { readonly devices: { readonly interfaces: unknown } }).devices
    assert.deepEqual(interfaces, [{ name: 'default', bridge: {} }])
  })

  it('is on a VirtualNetwork with the address that is its own, of which its guest is told', () => {
    const place = { namespace: 'nets', name: 'blue', uid: 'u1', cidr: 'fd00:20::/64', address: 'fd00:20::1a' }
    const network = { ...place, provider: 'NetworkAttachmentDefinition' as const, definition: 'blue-7ae8ff2d' }
    const machine = { ...aMachine({}, { network: 'nets/blue' }), attached: { network } }
    const { domain, networks, volumes } = templateOf(machine).template.spec
    assert.deepEqual(networks, [{ name: 'default', multus: { networkName: 'nets/blue-7ae8ff2d' } }])
    const { interfaces, disks } = (domain as { readonly devices: Record<string, unknown[]> }).devices
    const macAddress = '02:6b:00:00:00:1a'
    assert.deepEqual(interfaces, [{ name: 'default', bridge: {}, macAddress }])
    assert.deepEqual(disks?.at(-1), { name: 'cloud-init', disk: { bus: 'virtio' } })
    const told = (volumes as { readonly cloudInitNoCloud?: { readonly networkData: string } }[]).at(-1)
    const { ethernets } = JSON.parse(told?.cloudInitNoCloud?.networkData ?? '{}')
    const want = { match: { macaddress: macAddress }, dhcp4: false, addresses: ['fd00:20::1a/64'] }
    assert.deepEqual(ethernets, { primary: want })
  })

  const storages = ['root', 'data'].map((name) => ({
    ...{ name, uid: `uid-${name}`, provider: 'PersistentVolumeClaim' as const, claim: `${name}-64de90ef` },
  }))

  it('has the claims of its storages as disks in their order, and boots from the first', () => {
    const { disk: _, image: __, ...bare } = aMachine().spec
    const machine = { ...aMachine(), spec: { ...bare, storages: ['root', 'data'] }, attached: { storages } }
    const { spec, template } = templateOf(machine, { kind: 'dataVolume' })
    const { domain, volumes } = template.spec
    assert.deepEqual((domain as { readonly devices: { readonly disks: unknown } }).devices.disks, [
      { name: 'storage-1', disk: { bus: 'virtio' }, bootOrder: 1 },
      { name: 'storage-2', disk: { bus: 'virtio' }, bootOrder: 2 },
    ])
    assert.deepEqual(volumes, [
      { name: 'storage-1', persistentVolumeClaim: { claimName: 'root-64de90ef' } },
      { name: 'storage-2', persistentVolumeClaim: { claimName: 'data-64de90ef' } },
    ])
    assert.equal(spec['dataVolumeTemplates'], undefined)
  })

  it('boots its image where nothing on its storages does', () => {
    const { domain, volumes } = templateOf({ ...aMachine(), attached: { storages } }).template.spec
    const { disks } = (domain as { readonly devices: { readonly disks: readonly unknown[] } }).devices
    assert.deepEqual(disks.at(-1), { name: 'image', disk: { bus: 'virtio' }, bootOrder: 3 })
    assert.deepEqual((volumes as readonly unknown[]).at(-1), {
      ...{ name: 'image', containerDisk: { image: 'registry.example.com/machines/debian:12' } },
    })
  })

  it('has its image copied to a volume of the size where disks are to last', () => {
    const { spec, template } = templateOf(aMachine(), { kind: 'dataVolume', storageClass: 'fast' })
    assert.deepEqual(template.spec['volumes'], [{ name: 'root', dataVolume: { name: 'web-1-0909a693' } }])
    assert.deepEqual(spec['dataVolumeTemplates'], [
      {
        metadata: { name: 'web-1-0909a693' },
        spec: {
          source: { registry: { url: 'docker://registry.example.com/machines/debian:12' } },
          storage: { resources: { requests: { storage: '20Gi' } }, storageClassName: 'fast' },
        },
      },
    ])
  })
})
