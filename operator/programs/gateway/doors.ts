import type { Clock } from '../../application/clock.ts'
import { access } from '../../application/gateway/access.ts'
import type { Caller, Right } from '../../application/gateway/caller.ts'
import { type Callers, callers, type IdentityOf } from '../../application/gateway/callers.ts'
import { lookUpGate } from '../../application/gateway/look-up-gate.ts'
import { doorOf } from '../../domain/gateway/door.ts'
import { type CallerCalls, guestCalls } from '../../infrastructure/kubernetes/access/guest-calls.ts'
import { guestOf } from '../../infrastructure/kubernetes/access/guest-of.ts'
import { identityOf } from '../../infrastructure/kubernetes/access/identity-of.ts'
import { guestMayOf, mayOf } from '../../infrastructure/kubernetes/access/may-of.ts'
import { tokenFacts } from '../../infrastructure/kubernetes/access/token-facts.ts'
import { isApiError } from '../../infrastructure/kubernetes/api-error.ts'
import type { CallerClient } from '../../infrastructure/kubernetes/caller-client.ts'
import type { KubernetesClient } from '../../infrastructure/kubernetes/client.ts'
import { environmentProxy } from '../../infrastructure/kubernetes/environment-proxy.ts'
import type { KubernetesObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import { leastRecent } from '../../infrastructure/kubernetes/least-recent.ts'
import { type Resource, resourceCalls } from '../../infrastructure/kubernetes/resource-client.ts'
import { issuedTo } from '../../infrastructure/oidc/issued-to.ts'
import { issuerKeys } from '../../infrastructure/oidc/issuer-keys.ts'
import type { GatewayTokenSettings } from '../../infrastructure/settings/gateway-settings.ts'
import type { GatewayMetrics } from '../../infrastructure/telemetry/gateway-metrics.ts'
import type { Host } from '../program.ts'

export interface DoorsParts {
  readonly tokens: GatewayTokenSettings
  /** By our own account. */
  readonly client: KubernetesClient
  readonly inTheirName: CallerClient
  /** May name a proxy. */
  readonly env: Host['env']
  readonly clock: Clock
  readonly onAnswer: GatewayMetrics['reviewed']
  readonly hash: (token: string) => string
}

/** Who calls, what they may, and how it is done for them: with their own token, or, of guests, by our own account. */
export function doors(parts: DoorsParts) {
  const { tokens, client, inTheirName, clock, onAnswer, hash } = parts
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
    identify: byIssuer(parts, known),
    access: guard,
    /** The verbs of a kind as a caller may have them. */
    as<T extends KubernetesObject>(resource: Resource): (caller: Caller) => CallerCalls<T> {
      const plural = resource.plural as Right['resource']
      const ours = { calls: resourceCalls<T>(client, resource), resource: plural, may: guard.may }
      return (caller) => (caller.guest ? guestCalls(ours, caller) : resourceCalls<T>(inNameOf(caller), resource))
    },
  }
}

/** Each issuer has a desk and a gate of its own: one that is away, or that is asked for nonsense, holds up nobody else. */
function byIssuer({ tokens, env, clock, onAnswer, hash }: DoorsParts, others: Callers): Callers['of'] {
  if (tokens.issuers.length === 0) return others.of // and no token is looked into twice
  const desks = new Map(
    tokens.issuers.map((terms) => {
      const { issuer, jwksUri, caFile } = terms
      const keys = issuerKeys({ jwksUri, caFile, proxy: environmentProxy(jwksUri, env), clock })
      const remembering = { clock, gate: lookUpGate(clock), boundedMap: leastRecent, onAnswer }
      return [issuer, callers({ ...remembering, hash, identityOf: issuedTo({ terms, keys, now: clock.now }) })]
    }),
  )
  return async (token) => {
    const door = doorOf(tokenFacts(token), tokens)
    const desk = door.kind === 'issuer' ? desks.get(door.issuer) : others
    if (desk === undefined) throw new Error('an issuer without a desk') // never another door instead
    return desk.of(token)
  }
}

function byAudience(
  tokens: GatewayTokenSettings,
  asking: Parameters<typeof identityOf>[0],
  client: KubernetesClient,
): IdentityOf {
  const { audience } = tokens
  const ofApiServer = identityOf(asking)
  if (audience === undefined) return ofApiServer
  const ofGuests = guestOf({ client, audience, now: asking.now })
  return (token) => (doorOf(tokenFacts(token), tokens).kind === 'review' ? ofGuests : ofApiServer)(token)
}
