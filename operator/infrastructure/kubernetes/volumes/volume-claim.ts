import { childNameOf, type ProviderRef } from '../../../domain/resource/resource.ts'
import type { ProvidedStorage } from '../../../domain/storage/provided-storage.ts'
import type { Storage } from '../../../domain/storage/storage.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import type { Resource } from '../resource-client.ts'
import { storageMarks } from '../resources/resource-capacity.ts'

export const volumeClaims: Resource = {
  group: '',
  version: 'v1',
  plural: 'persistentvolumeclaims',
  namespaced: true,
}

/** Kubernetes' PersistentVolumeClaim, as far as it is read here. */
export interface VolumeClaim extends KubernetesObject {
  readonly spec: {
    readonly accessModes: readonly string[]
    readonly volumeMode: string
    readonly resources: { readonly requests: { readonly storage: string } }
    readonly storageClassName?: string
    /** Set by whoever binds it. */
    readonly volumeName?: string
  }
  readonly status?: { readonly phase?: string }
}

/** What the storages of one class are. */
export interface VolumeClass {
  /** Absent = the cluster's default. */
  readonly storageClass?: string
  readonly accessMode: 'ReadWriteOnce' | 'ReadWriteOncePod' | 'ReadOnlyMany' | 'ReadWriteMany'
  readonly volumeMode: 'Filesystem' | 'Block'
  /** When the StorageClass makes a volume: at once, or for the first pod that uses the claim. */
  readonly binding: 'Immediate' | 'WaitForFirstConsumer'
}

/** The claim for a storage: the same each time. It has no owner: whatever is forced on that, the data stays. */
export function buildVolumeClaim(storage: Storage, volumeClass: VolumeClass): VolumeClaim {
  const { namespace, name, uid, spec } = storage
  const { storageClass, accessMode, volumeMode } = volumeClass
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      namespace,
      name: childNameOf(storage),
      labels: { [storageMarks.uid]: uid },
      annotations: { [storageMarks.name]: name },
    },
    spec: {
      accessModes: [accessMode],
      volumeMode,
      resources: { requests: { storage: spec.size } },
      ...(storageClass !== undefined && { storageClassName: storageClass }),
    },
  }
}

/** How a storage is, from what its claim says. */
export function providedByClaim(claim: VolumeClaim, binding: VolumeClass['binding']): ProvidedStorage {
  const { metadata, spec, status } = claim
  const ref: ProviderRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: metadata.name ?? '' }
  const told = `PersistentVolumeClaim ${ref.name}`
  if (status?.phase === 'Lost')
    return { kind: 'lost', message: `the volume of ${told} is gone, and what was on it; ${ANOTHER}` }
  if (metadata.deletionTimestamp !== undefined)
    return { kind: 'allocating', ref, message: `somebody deleted ${told}: it goes with its last user` }
  if (status?.phase === 'Bound') return { kind: 'allocated', ref, volume: spec.volumeName ?? '' }
  if (binding === 'WaitForFirstConsumer') return { kind: 'allocated', ref }
  return {
    kind: 'allocating',
    ref,
    message: `${told} has no volume yet; if its StorageClass waits for a first consumer, the setting storages.classes has to say so`,
  }
}

export const ANOTHER = 'delete this VirtualStorage and apply another'
