import type { Removal } from '../../../application/resource/provider.ts'
import type { StorageProvider } from '../../../application/storage/storage-kind.ts'
import { childNameOf, isTrue, wasProvided } from '../../../domain/resource/resource.ts'
import type { ProvidedStorage } from '../../../domain/storage/provided-storage.ts'
import type { Reclaim, Storage } from '../../../domain/storage/storage.ts'
import { ApiError, ifThere } from '../api-error.ts'
import type { KubernetesClient } from '../client.ts'
import {
  isOf,
  isUnmarked,
  keptUnmarked,
  lostMarks,
  UNMARKED_RECHECK_MS,
  unmarkedWords,
} from '../providers/lost-marks.ts'
import {
  belongsTo,
  type CacheOf,
  type ProvidedCache,
  providedObjects,
  refusalIn,
} from '../providers/provided-objects.ts'
import { type ResourceClient, resourceClient } from '../resource-client.ts'
import { storageMarks } from '../resources/resource-capacity.ts'
import type { Clock } from '../timers.ts'
import {
  ANOTHER,
  buildVolumeClaim,
  providedByClaim,
  type VolumeClaim,
  type VolumeClass,
  volumeClaims,
} from './volume-claim.ts'

/** On claims whose storage was deleted and whose data is kept. */
const RETAINED = 'kbnt.io/retained'
const UNSEEN_RECHECK_MS = 1_000

export interface VolumeProviderParts {
  readonly client: KubernetesClient
  readonly cacheOf: CacheOf
  readonly clock: Clock
  /** By the names that storages call them. */
  readonly classes: Readonly<Record<string, VolumeClass>>
  /** What is to become of its data, from the store itself. Throws when that does not answer. */
  readonly reclaimOf: (storage: Storage) => Promise<Reclaim>
  /** Told the key of a storage, `namespace/name`, whenever its claim has changed. */
  readonly onChanged: (storageKey: string) => void
}

/** Its watch begins with the first storage, and ends with `stop`. */
export type VolumeProvider = StorageProvider & { stop(): Promise<void> }

interface Volumes {
  readonly claims: ResourceClient<VolumeClaim>
  readonly seen: Pick<ProvidedCache<VolumeClaim>, 'get'>
  readonly classes: VolumeProviderParts['classes']
  readonly reclaimOf: VolumeProviderParts['reclaimOf']
}

/** Storages as PersistentVolumeClaims. What becomes of them comes by watch; nothing is polled. */
export function volumeProvider(parts: VolumeProviderParts): VolumeProvider {
  const { client, cacheOf, clock, classes, reclaimOf, onChanged } = parts
  const objects = providedObjects({
    ...{ marks: storageMarks, what: 'PersistentVolumeClaims', cacheOf, clock, onChanged },
  })
  const claims = resourceClient<VolumeClaim>(client, volumeClaims)
  const volumes: Volumes = { claims, seen: objects.cache(claims), classes, reclaimOf }
  return {
    name: 'PersistentVolumeClaim',
    unavailable: objects.ready,
    ensure: (storage) => ensure(volumes, storage),
    remove: (storage) => remove(volumes, storage),
    stop: objects.stop,
  }
}

async function ensure(volumes: Volumes, storage: Storage): Promise<ProvidedStorage> {
  const found = volumes.seen.get(keyFor(storage))
  if (found && belongsTo(found, storageMarks, storage)) return provided(volumes, storage, found)
  return isTrue(storage.status, 'Provisioned') ? findAgain(volumes, storage) : create(volumes, storage)
}

function provided({ classes }: Volumes, { spec }: Storage, claim: VolumeClaim): ProvidedStorage {
  return providedByClaim(claim, classes[spec.class]?.binding ?? 'Immediate')
}

/** A label that somebody took off is put back; the watch finds it by that. */
async function marked(volumes: Volumes, storage: Storage, claim: VolumeClaim): Promise<ProvidedStorage> {
  const marks = lostMarks(claim, storageMarks, storage)
  if (!marks) return provided(volumes, storage, claim)
  const { namespace = '', name = '', uid } = claim.metadata
  const { body } = await volumes.claims.mergePatch(namespace, name, { metadata: { uid, ...marks } })
  return provided(volumes, storage, body)
}

/** The watch may lag; where the server has none either, a new one would be empty and look like the old one. */
async function findAgain(volumes: Volumes, storage: Storage): Promise<ProvidedStorage> {
  const { claim, isOurs } = await read(volumes, storage)
  if (claim && isOurs) return marked(volumes, storage, claim)
  const name = childNameOf(storage)
  if (claim && mayBeOurs(storage, claim)) {
    const ref = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name }
    return { kind: 'allocating', ref, message: unmarked(storage), recheckAfterMs: UNMARKED_RECHECK_MS }
  }
  return { kind: 'lost', message: `somebody deleted PersistentVolumeClaim ${name}, and what was on it; ${ANOTHER}` }
}

async function create(volumes: Volumes, storage: Storage): Promise<ProvidedStorage> {
  const volumeClass = volumes.classes[storage.spec.class]
  if (!volumeClass) return { kind: 'refused', message: `class ${storage.spec.class} is not known any more` }
  try {
    const { body } = await volumes.claims.create(buildVolumeClaim(storage, volumeClass))
    return provided(volumes, storage, body)
  } catch (error) {
    const isThere = error instanceof ApiError && error.reason === 'AlreadyExists'
    const { claim, isOurs } = isThere ? await read(volumes, storage) : {}
    if (!claim) return { kind: 'refused', message: refusalIn(error) }
    return isOurs ? marked(volumes, storage, claim) : another(storage)
  }
}

/** Else it is of a create whose answer was lost, a watch lags, or somebody took its label off. Somebody else's is never touched. */
function another(storage: Storage): ProvidedStorage {
  const name = childNameOf(storage)
  return { kind: 'refused', message: `there is another PersistentVolumeClaim called ${name}, which is not its own` }
}

/** What there is of its name, from the server itself. One without marks that has the very volume is its own, too. */
async function read({ claims }: Volumes, storage: Storage) {
  const claim = (await ifThere(claims.get(storage.namespace, childNameOf(storage))))?.body
  const volume = storage.status?.volume
  const hasItsVolume = volume !== undefined && claim?.spec.volumeName === volume
  return { claim, isOurs: claim !== undefined && (hasItsVolume || isOf(claim, storageMarks, storage)) }
}

/** Whether one that says nothing of whose it is may be that of a storage, which had one. */
function mayBeOurs({ status }: Storage, claim: VolumeClaim): boolean {
  return wasProvided(status) && isUnmarked(claim, storageMarks)
}

function unmarked(storage: Storage): string {
  return unmarkedWords(`PersistentVolumeClaim ${childNameOf(storage)}`, storageMarks, storage)
}

/**
 * Where the data is retained the claim stays as it is, marked for whoever looks for such. Memory may be behind what somebody
 * has written to save it: nothing is deleted by that.
 */
async function remove(volumes: Volumes, storage: Storage): Promise<Removal> {
  const { claim, isOurs } = await read(volumes, storage)
  if (!claim || !isOurs) return claim && mayBeOurs(storage, claim) ? keptUnmarked(unmarked(storage)) : { kind: 'gone' }
  if ((await volumes.reclaimOf(storage)) === 'Retain') {
    await retain(volumes, claim)
    return { kind: 'gone' }
  }
  const { namespace = '', name = '', uid, deletionTimestamp } = claim.metadata
  if (deletionTimestamp === undefined) await ifThere(volumes.claims.delete(namespace, name, { uid }))
  const message = `PersistentVolumeClaim ${name} is being deleted, which waits until no pod uses it`
  const seen = volumes.seen.get(keyFor(storage)) !== undefined // else nobody would tell when it is gone
  return { kind: 'going', message, ...(!seen && { recheckAfterMs: UNSEEN_RECHECK_MS }) }
}

async function retain({ claims }: Volumes, { metadata }: VolumeClaim): Promise<void> {
  const { namespace = '', name = '', uid, labels = {} } = metadata
  if (labels[RETAINED] === 'true') return
  await ifThere(claims.mergePatch(namespace, name, { metadata: { uid, labels: { [RETAINED]: 'true' } } }))
}

function keyFor(storage: Storage): string {
  return `${storage.namespace}/${childNameOf(storage)}`
}
