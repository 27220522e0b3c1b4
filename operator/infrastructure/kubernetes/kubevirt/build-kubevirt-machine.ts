import type { AttachedStorage, Machine } from '../../../domain/machine/machine.ts'
import { childNameOf } from '../../../domain/resource/resource.ts'
import { machineMarks } from '../resources/resource-capacity.ts'
import type { KubevirtMachine } from './kubevirt-resources.ts'
import { machineNetwork } from './machine-network.ts'

/**
 * Where a machine's disk is. emptyDisk: the image boots as it is, with an empty disk beside it; both are as new at each
 * start. dataVolume: CDI copies the image to a volume of the disk's size, which lasts as long as the machine.
 */
export type KubevirtStorage =
  | { readonly kind: 'emptyDisk' }
  /** No class = the cluster's default. */
  | { readonly kind: 'dataVolume'; readonly storageClass?: string }

type MachineWithDisk = Machine & { readonly spec: { readonly image: string; readonly disk: string } }
type MachineWithStorages = Machine & { readonly attached: { readonly storages: readonly AttachedStorage[] } }

/** A machine that has what it takes to boot. */
export type BootableMachine = MachineWithDisk | MachineWithStorages

export function isBootable(machine: Machine): machine is BootableMachine {
  return hasStorages(machine) || (machine.spec.image !== undefined && machine.spec.disk !== undefined)
}

function hasStorages(machine: Machine): machine is MachineWithStorages {
  return machine.attached?.storages !== undefined
}

/** The volume from which the guest learns its address. */
const TOLD = 'cloud-init'

interface Volumes {
  readonly disks: readonly object[]
  readonly volumes: readonly object[]
  readonly dataVolumeTemplates?: readonly object[]
}

/** KubeVirt's VirtualMachine for a machine: the same each time. It goes with its owner where that is deleted by force. */
export function buildKubevirtMachine(machine: BootableMachine, storage: KubevirtStorage): KubevirtMachine {
  const { namespace, name, uid, spec } = machine
  const labels = { [machineMarks.uid]: uid }
  const annotations = { [machineMarks.name]: name }
  const { disks, volumes, ...templates } = hasStorages(machine) ? onStorages(machine) : onDisk(machine, storage)
  const on = machineNetwork(spec.network, machine.attached?.network)
  const told = on.cloudInit
  const owner = { apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualMachine', name, uid }
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      namespace,
      name: childNameOf(machine),
      labels,
      annotations,
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      runStrategy: spec.runStrategy,
      ...templates,
      template: {
        metadata: { labels, annotations },
        spec: {
          domain: {
            cpu: { cores: spec.cpu },
            memory: { guest: spec.memory },
            devices: { disks: told ? [...disks, virtioDisk(TOLD)] : disks, interfaces: [on.interface] },
          },
          networks: [on.network],
          volumes: told ? [...volumes, { name: TOLD, cloudInitNoCloud: told }] : volumes,
        },
      },
    },
  }
}

/** The image, if there is one, is what boots while nothing on the storages does: new ones are empty. */
function onStorages({ spec: { image }, attached: { storages } }: MachineWithStorages): Volumes {
  const claims = storages.map(({ claim }, at) => ({
    name: `storage-${at + 1}`,
    persistentVolumeClaim: { claimName: claim },
  }))
  const volumes = [...claims, ...(image === undefined ? [] : [{ name: 'image', containerDisk: { image } }])]
  return { disks: volumes.map(({ name }, at) => virtioDisk(name, at + 1)), volumes }
}

function onDisk(machine: MachineWithDisk, storage: KubevirtStorage): Volumes {
  return storage.kind === 'emptyDisk' ? emptyDisk(machine) : dataVolume(machine, storage)
}

function emptyDisk({ spec }: MachineWithDisk): Volumes {
  return {
    disks: [virtioDisk('root', 1), virtioDisk('data')],
    volumes: [
      { name: 'root', containerDisk: { image: spec.image } },
      { name: 'data', emptyDisk: { capacity: spec.disk } },
    ],
  }
}

function dataVolume(machine: MachineWithDisk, { storageClass }: { readonly storageClass?: string }): Volumes {
  const name = childNameOf(machine)
  const { image, disk } = machine.spec
  const storage = {
    resources: { requests: { storage: disk } },
    ...(storageClass !== undefined && { storageClassName: storageClass }),
  }
  return {
    disks: [virtioDisk('root', 1)],
    volumes: [{ name: 'root', dataVolume: { name } }],
    dataVolumeTemplates: [
      { metadata: { name }, spec: { source: { registry: { url: `docker://${image}` } }, storage } },
    ],
  }
}

function virtioDisk(name: string, bootOrder?: number): object {
  return { name, disk: { bus: 'virtio' }, ...(bootOrder !== undefined && { bootOrder }) }
}
