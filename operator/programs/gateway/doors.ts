import type { Clock } from '../../application/clock.ts'
import { access } from '../../application/gateway/access.ts'
import type { Caller, Right } from '../../application/gateway/caller.ts'
import { callers, type IdentityOf } from '../../application/gateway/callers.ts'
import { lookUpGate } from '../../application/gateway/look-up-gate.ts'
import { type Doors, doorOf } from '../../domain/gateway/door.ts'
import { type CallerCalls, guestCalls } from '../../infrastructure/kubernetes/access/guest-calls.ts'
import { guestOf } from '../../infrastructure/kubernetes/access/guest-of.ts'
import { identityOf } from '../../infrastructure/kubernetes/access/identity-of.ts'
import { guestMayOf, mayOf } from '../../infrastructure/kubernetes/access/may-of.ts'
import { tokenFacts } from '../../infrastructure/kubernetes/access/token-facts.ts'
import { isApiError } from '../../infrastructure/kubernetes/api-error.ts'
import type { CallerClient } from '../../infrastructure/kubernetes/caller-client.ts'
import type { KubernetesClient } from '../../infrastructure/kubernetes/client.ts'
import type { KubernetesObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import { leastRecent } from '../../infrastructure/kubernetes/least-recent.ts'
import { type Resource, resourceCalls } from '../../infrastructure/kubernetes/resource-client.ts'
import type { GatewayTokenSettings } from '../../infrastructure/settings/settings.ts'
import type { GatewayMetrics } from '../../infrastructure/telemetry/gateway-metrics.ts'

export interface DoorsParts {
  readonly tokens: GatewayTokenSettings
  /** By our own account. */
  readonly client: KubernetesClient
  readonly inTheirName: CallerClient
  readonly clock: Clock
  readonly onAnswer: GatewayMetrics['reviewed']
  readonly hash: (token: string) => string
}

/** Who calls, what they may, and how it is done for them: with their own token, or, of guests, by our own account. */
export function doors({ tokens, client, inTheirName, clock, onAnswer, hash }: DoorsParts) {
  const remembering = { clock, gate: lookUpGate(clock), boundedMap: leastRecent, onAnswer }
  const asking = { callers: inTheirName, now: clock.now }
  const known = callers({ ...remembering, hash, identityOf: byAudience(tokens, asking, client) })
  const [mayThemselves, mayAsGuests] = [mayOf(asking), guestMayOf(client)]
  const guard = access({
    ...remembering,
    mayOf: (caller, right) => (caller.guest ? mayAsGuests : mayThemselves)(caller, right),
  })

  /** A token that the API server refuses is looked up anew, whatever was known of it. */
  function inNameOf(caller: Caller): Pick<KubernetesClient, 'call'> {
    const own = inTheirName.as(caller.token)
    return {
      call: (call) =>
        own.call<never>(call).catch((error: unknown) => {
          if (isApiError(error, 401)) known.forget(caller)
          throw error
        }),
    }
  }

  return {
    identify: known.of,
    access: guard,
    /** The verbs of a kind as a caller may have them. */
    as<T extends KubernetesObject>(resource: Resource): (caller: Caller) => CallerCalls<T> {
      const plural = resource.plural as Right['resource']
      const ours = { calls: resourceCalls<T>(client, resource), resource: plural, may: guard.may }
      return (caller) => (caller.guest ? guestCalls(ours, caller) : resourceCalls<T>(inNameOf(caller), resource))
    },
  }
}

function byAudience(
  { audience }: GatewayTokenSettings,
  asking: Parameters<typeof identityOf>[0],
  client: KubernetesClient,
): IdentityOf {
  const ofApiServer = identityOf(asking)
  if (audience === undefined) return ofApiServer
  const ofGuests = guestOf({ client, audience, now: asking.now })
  const known: Doors = { audience, issuers: [] }
  return (token) => (doorOf(tokenFacts(token), known).kind === 'review' ? ofGuests : ofApiServer)(token)
}
