import { digestOf, requestNameOf } from '../../../domain/virtualization/identity.ts'
import type { Message } from '../../../domain/virtualization/resource-request.ts'
import { wishOf } from '../../../domain/virtualization/wish.ts'
import type { NewRequest } from '../../virtualization/request-store.ts'
import { mayOrExplain } from '../access.ts'
import { Problem } from '../answer.ts'
import type { Call } from '../call.ts'
import type { Right } from '../caller.ts'
import { consumerOf } from '../consumer.ts'
import type { GatewayWorld } from '../gateway-world.ts'
import type { NewRequest as Body, RequestType } from '../generated/contract.ts'
import { namespaceOf } from '../where.ts'

type World = Pick<GatewayWorld, 'names' | 'uuidOf' | 'access' | 'serves' | 'defaultNamespace'>

/** What is done for a message of a type: whoever sends it has to have that right. */
const done = {
  CREATE_VIRTUAL_MACHINE: { verb: 'create', resource: 'vmachines' },
  DELETE_VIRTUAL_MACHINE: { verb: 'delete', resource: 'vmachines' },
  CREATE_VIRTUAL_STORAGE: { verb: 'create', resource: 'vstorages' },
  DELETE_VIRTUAL_STORAGE: { verb: 'delete', resource: 'vstorages' },
  CREATE_VIRTUAL_NETWORK: { verb: 'create', resource: 'vnetworks' },
  DELETE_VIRTUAL_NETWORK: { verb: 'delete', resource: 'vnetworks' },
} as const satisfies Readonly<Record<RequestType, Pick<Right, 'verb' | 'resource'>>>

/**
 * The request that a call asks for, of a caller who may have done what it says. Its message is known by who asks and the
 * key, so that it is the same however often it comes and whichever way it goes. Throws a Problem.
 */
export async function requestOf(world: World, call: Call): Promise<NewRequest> {
  const { type, resourceId, specifications: specification, metadata = {} } = call.body as Body
  const namespace = namespaceOf(call, world)
  const { caller } = call
  for (const right of [
    { verb: 'create', resource: 'vrequests' },
    { verb: 'get', resource: 'vrequests' },
    done[type],
  ] as const)
    await world.access.may(caller, { ...right, namespace })
  const { priority, correlationId = call.requestId } = metadata
  // what makes the resource is the operator: no policy of the cluster sees who asked for it
  const asked = { namespace, consumer: metadata.userId, unseen: true, pointer: '/metadata/userId' }
  const userId = (await consumerOf(world, call, asked)) ?? caller.user
  if (priority !== undefined && priority > 0) await mayGoFirst(world, call, namespace)
  const message: Message = {
    messageId: messageIdOf(world, call, namespace),
    correlationId,
    messageType: type,
    payload: {
      ...(resourceId !== undefined && { virtualResourceId: resourceId }),
      ...{ specification, userId, namespace },
      ...(priority !== undefined && { priority }),
    },
  }
  refuseHopeless(world, namespace, message)
  const { hex } = world.names
  const name = requestNameOf(namespace, message.messageId, hex)
  return { namespace, name, digest: digestOf(message, hex), spec: message }
}

/** For the same reason. Throws a Problem. */
async function mayGoFirst({ access }: World, { caller }: Call, namespace: string): Promise<void> {
  const right = { verb: 'prioritize', resource: 'reservations', namespace } as const
  const detail = `a priority above 0 takes the verb prioritize on reservations.kbnt.io in namespace ${namespace}, which ${JSON.stringify(caller.user)} does not have`
  await mayOrExplain(access, caller, right, { pointer: '/metadata/priority', detail })
}

function messageIdOf({ names, uuidOf }: World, { caller, parameters }: Call, namespace: string): string {
  const key = parameters['Idempotency-Key'] as string | undefined
  return uuidOf(key === undefined ? names.random() : [namespace, caller.user, key].join('\0'))
}

/** What the operator would refuse whatever there is, is refused before it is written down. */
function refuseHopeless({ names }: World, namespace: string, spec: Message): void {
  const wish = wishOf({ namespace, spec }, names.hex)
  if (wish.kind !== 'refused') return
  const detail = wish.message.replace('payload.specification', 'specifications') // as the contract calls it
  throw new Problem('Unprocessable', { detail, errors: [{ pointer: '/specifications', detail }] })
}
