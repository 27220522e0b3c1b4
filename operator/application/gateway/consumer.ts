import { mayOrExplain } from './access.ts'
import { Problem } from './answer.ts'
import type { Call } from './call.ts'
import type { GatewayWorld } from './gateway-world.ts'

/** As the kind has it. */
const LONGEST = 128

interface Asked {
  readonly namespace: string
  readonly consumer: string | undefined
  /** No policy of the cluster sees what is ordered. */
  readonly unseen: boolean
  /** Where the body names them. */
  readonly pointer?: string
}

/**
 * For whom an order is. Who writes by a token of its own says that itself, as at the API server: a policy of the cluster
 * (config/policies/consumer-and-priority.yaml) may judge that, for whoever has put it in place. A guest, whose writes a
 * policy sees as the gateway's, orders for itself, and so does everybody where no policy sees it at all, unless they may
 * act for whom they name. Throws a Problem.
 */
export async function consumerOf(
  world: Pick<GatewayWorld, 'access'>,
  { caller }: Pick<Call, 'caller'>,
  { namespace, consumer, unseen, pointer = '/consumer' }: Asked,
): Promise<string | undefined> {
  if (!caller.guest && !unseen) return consumer
  const { user } = caller
  if (consumer === undefined || consumer === user) return asConsumer(user, pointer)
  const right = { verb: 'actfor', resource: 'reservations', namespace, name: consumer } as const
  const detail = `${memberOf(pointer)} can only be ${JSON.stringify(user)}, who asks: to reserve for ${JSON.stringify(consumer)} the verb actfor on reservations.kbnt.io in namespace ${namespace} is needed`
  await mayOrExplain(world.access, caller, right, { pointer, detail })
  return consumer
}

function asConsumer(user: string, pointer: string): string {
  if ([...user].length <= LONGEST && !/\p{Cc}/u.test(user)) return user
  const detail = `${JSON.stringify(user.slice(0, LONGEST))}… can be no ${memberOf(pointer)}, which has at most ${LONGEST} characters and no line breaks: name another one, which takes the verb actfor on reservations.kbnt.io`
  throw new Problem('Unprocessable', { detail, errors: [{ pointer, detail }] })
}

function memberOf(pointer: string): string {
  return pointer.slice(pointer.lastIndexOf('/') + 1)
}
