import type { Reservation } from '../../domain/reservation/reservation.ts'
import { isTrue, type PooledResource } from '../../domain/resource/resource.ts'
import { BLOCKED_MS, blocked, type ResourceAssessment, unsure } from './blocked.ts'
import { noAnswerOf } from './no-answer.ts'
import type { Said } from './provider.ts'
import type { Fault, ResourceParts, Why } from './resource-parts.ts'

/** One that is there is followed also where something is wrong with what it has of others: that is told beside. */
export async function provideResource<R extends PooledResource, P extends Said, W extends string>(
  parts: ResourceParts<R, P, W>,
  resource: R,
  reservation: Reservation,
): Promise<ResourceAssessment<R, P, W>> {
  const { kind } = parts
  const isThere = isTrue(resource.status, 'Provisioned')
  const waits = (why: Why<W>) => ({ ...(isThere ? unsure<P, W>(why) : blocked<P, W>(why)), reservation })
  const away = await whyAway(parts, resource)
  if (away) return waits(away)
  const given = (await kind.attachments?.attach(resource)) ?? { attached: resource }
  const wrong = 'reason' in given ? given : undefined
  if (wrong && !isThere) return waits(wrong)
  const attached = 'reason' in given ? resource : given.attached
  const provider = kind.providerOf(resource)
  const marking = await parts.capacity.keepMarked(resource, provider.name).then(() => undefined, faultOf)
  const answer = await provider.ensure(attached).then(answered, (error: unknown) => noAnswerOf(provider, error))
  if ('fault' in answer) return { ...waits(answer), attached }
  const { provided } = answer
  const situation = { kind: 'provided', provided, ...(wrong && { beside: wrong }) } as const
  const recheckAfterMs = wrong ? soonest(provided, wrong) : provided.recheckAfterMs
  return { situation, reservation, recheckAfterMs, attached, fault: wrong?.fault ?? marking }
}

const faultOf = (error: unknown): Fault => ({ error })
const answered = <P>(provided: P) => ({ provided })

/** Why its provider can't make any where it is; undefined = it can. */
export async function whyAway<R extends PooledResource, P extends Said, W extends string>(
  { kind }: ResourceParts<R, P, W>,
  resource: R,
): Promise<Why<W> | undefined> {
  const provider = kind.providerOf(resource)
  try {
    const message = await provider.unavailable(resource.namespace)
    return message === undefined ? undefined : { reason: 'ProviderUnavailable', message }
  } catch (error) {
    return noAnswerOf(provider, error)
  }
}

function soonest(...looks: readonly { readonly recheckAfterMs?: number }[]): number {
  return Math.min(...looks.map(({ recheckAfterMs = BLOCKED_MS }) => recheckAfterMs))
}
