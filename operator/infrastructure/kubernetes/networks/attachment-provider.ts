import type { LastingNetworkProvider } from '../../../application/network/network-kind.ts'
import type { Removal } from '../../../application/resource/provider.ts'
import type { Fabric } from '../../../domain/network/fabric.ts'
import type { Network } from '../../../domain/network/network.ts'
import { mayBeProvided } from '../../../domain/network/network-outlook.ts'
import type { ProvidedNetwork } from '../../../domain/network/provided-network.ts'
import { childNameOf, type ProviderRef, type ResourceIdentity } from '../../../domain/resource/resource.ts'
import { ApiError, ifThere, isApiError } from '../api-error.ts'
import type { KubernetesClient } from '../client.ts'
import { keptUnmarked, unmarkedWords } from '../providers/lost-marks.ts'
import {
  belongsTo,
  type CacheOf,
  ownerOf,
  type ProvidedCache,
  providedObjects,
  refusalIn,
} from '../providers/provided-objects.ts'
import { type ResourceClient, resourceClient } from '../resource-client.ts'
import { networkMarks } from '../resources/virtual-networks.ts'
import type { Clock } from '../timers.ts'
import {
  type AttachmentDefinition,
  attachmentDefinitions,
  buildAttachmentDefinition,
  type RealFabric,
} from './attachment-definition.ts'

const UNSEEN_RECHECK_MS = 1_000
const CAN_NOT_LOOK_RECHECK_MS = 10_000
const KIND = 'NetworkAttachmentDefinition'

export interface AttachmentProviderParts {
  readonly client: KubernetesClient
  readonly cacheOf: CacheOf
  readonly clock: Clock
  /** What the settings say of a fabric; undefined = nothing. */
  readonly fabricOf: (name: string) => Fabric | undefined
  /** Told the key of a network, `namespace/name`, whenever its definition has changed. */
  readonly onChanged: (networkKey: string) => void
}

/** Its watch begins with the first network, and ends with `stop`. */
export type AttachmentProvider = LastingNetworkProvider & { stop(): Promise<void> }

interface Attachments {
  readonly definitions: ResourceClient<AttachmentDefinition>
  readonly seen: Pick<ProvidedCache<AttachmentDefinition>, 'get' | 'list'>
}

/** Networks as NetworkAttachmentDefinitions. What becomes of these comes by watch; nothing is polled. */
export function attachmentProvider(parts: AttachmentProviderParts): AttachmentProvider {
  const { client, cacheOf, clock, fabricOf, onChanged } = parts
  const objects = providedObjects({
    ...{ marks: networkMarks, what: 'NetworkAttachmentDefinitions', cacheOf, clock, onChanged },
  })
  const definitions = resourceClient<AttachmentDefinition>(client, attachmentDefinitions)
  const attachments: Attachments = { definitions, seen: objects.cache(definitions) }
  return {
    name: KIND,
    unavailable: objects.ready,
    async ensure(network) {
      const fabric = fabricOf(network.spec.fabric)
      return fabric && isReal(fabric)
        ? ensure(attachments, network, fabric)
        : { kind: 'refused', message: `fabric ${network.spec.fabric} has no parent any more` }
    },
    remove: (network) =>
      remove(attachments, network, { had: mayBeProvided(network.status), config: configFor(network, fabricOf) }),
    removeRest: (network) => remove(attachments, network, { had: true }),
    seen: () => attachments.seen.list().flatMap((one) => ownerOf(one, networkMarks) ?? []),
    stop: objects.stop,
  }
}

function isReal(fabric: Fabric): fabric is RealFabric {
  return fabric.parent !== undefined
}

function configFor(network: Network, fabricOf: AttachmentProviderParts['fabricOf']): string | undefined {
  const fabric = fabricOf(network.spec.fabric)
  return fabric && isReal(fabric) ? buildAttachmentDefinition(network, fabric).spec.config : undefined
}

async function ensure(attachments: Attachments, network: Network, fabric: RealFabric): Promise<ProvidedNetwork> {
  const wanted = buildAttachmentDefinition(network, fabric)
  const found = attachments.seen.get(keyFor(network))
  if (found && belongsTo(found, networkMarks, network)) return follow(attachments, found, wanted)
  try {
    const { body } = await attachments.definitions.create(wanted)
    return { kind: 'active', ref: refOf(body) }
  } catch (error) {
    const isThere = error instanceof ApiError && error.reason === 'AlreadyExists'
    const found = isThere ? await read(attachments, network) : undefined
    return found ? adopt(attachments, found, { network, wanted }) : { kind: 'refused', message: refusalIn(error) }
  }
}

/** A create whose answer was lost, a watch that lags, or marks that somebody took off; else somebody else's, which is never touched. */
async function adopt(
  attachments: Attachments,
  found: AttachmentDefinition,
  { network, wanted }: { readonly network: Network; readonly wanted: AttachmentDefinition },
): Promise<ProvidedNetwork> {
  const isOurs = belongsTo(found, networkMarks, network) || found.spec.config === wanted.spec.config
  if (isOurs) return follow(attachments, found, wanted)
  const name = childNameOf(network)
  return { kind: 'refused', message: `there is another ${KIND} called ${name}, which is not its own` }
}

/** What somebody has changed in it is put right. What keeps us from that takes nothing away: machines may be on it. */
async function follow(
  { definitions }: Attachments,
  found: AttachmentDefinition,
  wanted: AttachmentDefinition,
): Promise<ProvidedNetwork> {
  const { namespace = '', name = '', uid, deletionTimestamp } = found.metadata
  const ref = refOf(found)
  if (deletionTimestamp !== undefined)
    return { kind: 'troubled', ref, message: `somebody deleted ${KIND} ${name}, and it is not gone yet` }
  if (isRight(found, wanted)) return { kind: 'active', ref }
  const { labels, annotations } = wanted.metadata
  try {
    await definitions.mergePatch(namespace, name, { metadata: { uid, labels, annotations }, spec: wanted.spec })
    return { kind: 'active', ref }
  } catch (error) {
    return { kind: 'troubled', ref, message: `${KIND} ${name} can't be put right: ${refusalIn(error)}` }
  }
}

function isRight(
  found: AttachmentDefinition,
  { metadata: { labels, annotations }, spec }: AttachmentDefinition,
): boolean {
  const { uid, name } = networkMarks
  const isMarked = found.metadata.labels?.[uid] === labels?.[uid]
  return isMarked && found.metadata.annotations?.[name] === annotations?.[name] && found.spec.config === spec.config
}

function refOf({ metadata: { name = '' } }: AttachmentDefinition): ProviderRef {
  return { apiVersion: 'k8s.cni.cncf.io/v1', kind: KIND, name }
}

/** From the server itself; undefined = there is none of its name. */
async function read(
  { definitions }: Attachments,
  network: ResourceIdentity,
): Promise<AttachmentDefinition | undefined> {
  return (await ifThere(definitions.get(network.namespace, childNameOf(network))))?.body
}

interface Had {
  /** Whether there may be one; else who can't look finds none. */
  readonly had: boolean
  /** What one of its own says, also where its marks were taken off. */
  readonly config?: string | undefined
}

/** Where the kind is not served, or nobody lets us look, what was there may still be. */
async function remove(attachments: Attachments, network: ResourceIdentity, had: Had): Promise<Removal> {
  try {
    return await removeFound(attachments, network, had)
  } catch (error) {
    const message = whyNotSeen(error)
    if (message === undefined) throw error
    return had.had
      ? { kind: 'going', message, recheckAfterMs: CAN_NOT_LOOK_RECHECK_MS, isRefused: true }
      : { kind: 'gone' }
  }
}

function whyNotSeen(error: unknown): string | undefined {
  if (isApiError(error, 403))
    return `its ${KIND} can't be removed: ${error.message}; the chart's networks.enabled gives the right`
  if (isApiError(error, 404))
    return `its ${KIND} can't be removed: the API server does not serve the kind; is Multus gone?`
  return undefined
}

async function removeFound(
  attachments: Attachments,
  network: ResourceIdentity,
  { had, config }: Had,
): Promise<Removal> {
  const found = await read(attachments, network)
  if (!found) return { kind: 'gone' }
  const { namespace = '', name = '', uid, deletionTimestamp } = found.metadata
  if (!belongsTo(found, networkMarks, network) && found.spec.config !== config) {
    return had ? keptUnmarked(unmarkedWords(`${KIND} ${name}`, networkMarks, network)) : { kind: 'gone' }
  }
  if (deletionTimestamp === undefined) await ifThere(attachments.definitions.delete(namespace, name, { uid }))
  const message = `${KIND} ${name} is being deleted`
  return { kind: 'going', message, recheckAfterMs: UNSEEN_RECHECK_MS }
}

function keyFor(network: ResourceIdentity): string {
  return `${network.namespace}/${childNameOf(network)}`
}
