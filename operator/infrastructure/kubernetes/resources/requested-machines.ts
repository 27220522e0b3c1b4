import { isDeepStrictEqual } from 'node:util'
import type { Capacity } from '../../../application/resource/capacity.ts'
import type { Making, RequestedMachines } from '../../../application/virtualization/requested-machines.ts'
import type { ResourceRequest } from '../../../domain/virtualization/resource-request.ts'
import type { WantedMachine } from '../../../domain/virtualization/wish.ts'
import { ApiError, ifThere, isApiError } from '../api-error.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { VirtualMachine } from './generated/virtual-machine.ts'
import { machineFromResource } from './virtual-machines.ts'
import { failureOf, isWebhookAway } from './write-result.ts'

const REQUEST_UID = 'kbnt.io/request-uid'
const MESSAGE_ID = 'kbnt.io/message-id'
const BY_UID = 'uid'
const BY_MESSAGE = 'message'

const messageKey = (namespace: string, messageId: string) => `${namespace}/${messageId}`

/** Finds machines by their uid, and by the message that they were made for. */
export const machineIndexers = {
  [BY_UID]: ({ metadata: { uid = '' } }: VirtualMachine): string[] => [uid],
  [BY_MESSAGE]: ({ metadata: { namespace = '', annotations = {} } }: VirtualMachine): string[] => {
    const messageId = annotations[MESSAGE_ID]
    return messageId === undefined ? [] : [messageKey(namespace, messageId)]
  },
}

export interface RequestedMachinesParts {
  readonly client: ResourceClient<VirtualMachine>
  /** What the watch has brought; with the indexers above. */
  readonly cache: {
    get(key: string): VirtualMachine | undefined
    byIndex(index: string, value: string): readonly VirtualMachine[]
  }
  readonly isListed: (namespace: string) => boolean
  readonly capacity: Pick<Capacity, 'find'>
}

/** The machines of requests as VirtualMachine objects. They have no owner: whoever deletes a request ends nothing. */
export function requestedMachines({ client, cache, isListed, capacity }: RequestedMachinesParts): RequestedMachines {
  async function after(error: unknown, request: ResourceRequest, wanted: WantedMachine): Promise<Making> {
    const reason = whyHindered(error)
    if (reason !== undefined) return { kind: 'hindered', reason }
    const failure = failureOf(error)
    if (failure.kind === 'refused') return { kind: 'refused', reason: failure.reason }
    if (failure.kind !== 'conflict') throw error
    const found = (await ifThere(client.get(request.namespace, wanted.name)))?.body
    if (!found) throw error // gone meanwhile: made with the next try
    return isOwn(found, request, wanted) ? { kind: 'made', machine: machineFromResource(found) } : { kind: 'taken' }
  }

  return {
    async make(request, wanted) {
      try {
        const { body } = await client.create(resourceFor(request, wanted))
        return { kind: 'made', machine: machineFromResource(body) }
      } catch (error) {
        return after(error, request, wanted)
      }
    },
    find({ namespace, name, uid }) {
      const seen = cache.get(`${namespace}/${name}`)
      return seen?.metadata.uid === uid ? machineFromResource(seen) : undefined
    },
    async read({ namespace, name, uid }) {
      const found = (await ifThere(client.get(namespace, name)))?.body
      return found?.metadata.uid === uid ? machineFromResource(found) : undefined
    },
    target(namespace, target) {
      const found =
        'uid' in target
          ? cache.byIndex(BY_UID, target.uid).filter(({ metadata }) => metadata.namespace === namespace)
          : cache.byIndex(BY_MESSAGE, messageKey(namespace, target.messageId))
      const [only, ...others] = found
      return only && others.length === 0 ? machineFromResource(only) : undefined
    },
    isListed,
    async remove({ namespace, name, uid, resourceVersion }) {
      try {
        await ifThere(
          client.delete(namespace, name, { uid, ...(resourceVersion !== undefined && { resourceVersion }) }),
        )
        return { kind: 'begun' }
      } catch (error) {
        const reason = whyHindered(error)
        if (reason !== undefined) return { kind: 'hindered', reason }
        if (!isApiError(error, 409)) throw error
        return { kind: resourceVersion === undefined ? 'begun' : 'changed' } // of its uid, there is another by now
      }
    },
    positionOf: (machine) => capacity.find(machine)?.status?.waitlist?.position,
  }
}

/** What somebody or something has against a write for now, which was surely not applied; undefined = nothing that is known. */
function whyHindered(error: unknown): string | undefined {
  if (error instanceof ApiError && isWebhookAway(error)) return error.message
  const failure = failureOf(error)
  return failure.kind === 'notApplied' && failure.cause !== 'NoAnswer' ? failure.reason : undefined
}

/** Anybody may write the mark: whoever has it and is what was asked for will do, whoever made it. */
function isOwn({ metadata, spec }: VirtualMachine, request: ResourceRequest, wanted: WantedMachine): boolean {
  const found: Readonly<Record<string, unknown>> = { ...spec }
  const isAsked = Object.entries(wanted.spec).every(([field, value]) => isDeepStrictEqual(found[field], value))
  return metadata.annotations?.[REQUEST_UID] === request.uid && isAsked
}

function resourceFor({ namespace, uid, spec }: ResourceRequest, wanted: WantedMachine): VirtualMachine {
  return {
    apiVersion: 'kbnt.io/v1beta1',
    kind: 'VirtualMachine',
    metadata: {
      ...{ namespace, name: wanted.name },
      annotations: { [REQUEST_UID]: uid, [MESSAGE_ID]: spec.messageId },
    },
    spec: wanted.spec,
  } as unknown as VirtualMachine
}
