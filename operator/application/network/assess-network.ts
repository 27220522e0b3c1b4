import type { Objection } from '../../domain/network/fabric.ts'
import type { Network } from '../../domain/network/network.ts'
import { mayBeProvided } from '../../domain/network/network-outlook.ts'
import type { OwnNetworkReason } from '../../domain/network/network-reasons.ts'
import type { ProvidedNetwork } from '../../domain/network/provided-network.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import { isTrue, type ResourceIdentity } from '../../domain/resource/resource.ts'
import { messageOf } from '../message-of.ts'
import { NotItsTurn } from '../not-its-turn.ts'
import { STILL } from '../resource/after-failure.ts'
import { noAnswerOf } from '../resource/no-answer.ts'
import type { Removal } from '../resource/provider.ts'
import type { Assessment } from '../resource/report-resource.ts'
import type { Fault } from '../resource/resource-parts.ts'
import { claimNetwork } from './claim-network.ts'
import type { NetworkParts } from './network-kind.ts'
import { leftOn, usersOf } from './network-users.ts'

/** What nobody would tell us of is looked at again. */
const BLOCKED_MS = 10_000

/** What only another network, or other settings, could mend. */
const refusals: ReadonlySet<OwnNetworkReason> = new Set([
  'CidrInvalid',
  'FabricNotShared',
  'OutOfRange',
  'VlanTaken',
  'CidrTaken',
])

type NetworkAssessment = Assessment<ProvidedNetwork, OwnNetworkReason>

/**
 * Looks at a network that is wanted, and does the next thing for it: its claim first, then its provider. That its provider
 * is asked is told before it is, so that a book that is lost begins with all that is made, and what was never asked for
 * waits for nobody when it goes. May be repeated.
 */
export async function assessNetwork(parts: NetworkParts, network: Network): Promise<NetworkAssessment> {
  if (hasFailed(network)) {
    const [message = ''] = network.status.message.split(STILL)
    return failed(parts, network, { reason: 'ProviderFailed', message })
  }
  const objection = await claimNetwork(parts, network)
  if (objection) return against(parts, network, objection)
  return provide(parts, network)
}

/** For good: whatever the fabric had against it is looked at again, it may have gone. */
function hasFailed(network: Network): network is Network & { readonly status: NonNullable<Network['status']> } {
  return network.status?.phase === 'Failed' && network.status.reason === 'ProviderFailed'
}

async function provide(parts: NetworkParts, network: Network): Promise<NetworkAssessment> {
  const provider = parts.kind.providerOf(network)
  try {
    const message = await provider.unavailable(network.namespace)
    if (message !== undefined) return waiting(network, { reason: 'ProviderUnavailable', message })
    if (!mayBeProvided(network.status)) {
      const next = 'its vlan and its range are its own; its provider is asked next'
      return { situation: { kind: 'blocked', reason: 'Claimed', message: next }, recheckAfterMs: BLOCKED_MS }
    }
    const provided = await provider.ensure(network)
    const recheckAfterMs = provided.kind === 'active' ? undefined : BLOCKED_MS
    const left = leftOn(parts.machines, network)
    const beside = left === undefined ? undefined : ({ reason: 'Active', message: left } as const)
    return { situation: { kind: 'provided', provided, ...(beside && { beside }) }, recheckAfterMs }
  } catch (error) {
    const { fault, ...why } = noAnswerOf(provider, error)
    return { ...waiting(network, why), fault }
  }
}

/** A book may be an older copy: what only a network that is not there has against one that is, is for the sweep to end. */
async function against(
  parts: NetworkParts,
  network: Network,
  { by, ...objection }: Objection,
): Promise<NetworkAssessment> {
  if (by && isTrue(network.status, 'Provisioned') && !isThere(parts, by)) {
    const message = `${objection.message}; that one is not seen, and what it has is given back once it is surely gone`
    return waiting(network, { ...objection, message })
  }
  return refusals.has(objection.reason) ? failed(parts, network, objection) : waiting(network, objection)
}

function isThere({ resources }: NetworkParts, { namespace, name, uid }: ResourceIdentity): boolean {
  return resources.find(keyOf(namespace, name))?.uid === uid
}

/** What its provider has already stays where it is while nobody knows better. */
function waiting({ status }: Network, objection: Objection): NetworkAssessment {
  const recheckAfterMs = BLOCKED_MS
  if (isTrue(status, 'Provisioned')) return { situation: { kind: 'unsure', ...objection }, recheckAfterMs }
  return { situation: { kind: 'blocked', ...objection }, recheckAfterMs }
}

/**
 * It has failed when nothing is left of it at its provider and its claim is given back; until then it is as it was. That it
 * takes no more machines is stored first, in exactly the version that nobody is on: whoever comes meanwhile is seen.
 */
async function failed(parts: NetworkParts, network: Network, objection: Objection): Promise<NetworkAssessment> {
  if (network.status?.phase === 'Active' && usersOf(parts.machines, network) === undefined) {
    const message = `${objection.message}${STILL}it takes no more machines, and what it has is taken away next`
    return { situation: { kind: 'blocked', ...objection, message }, recheckAfterMs: BLOCKED_MS }
  }
  const removal = await free(parts, network).catch(unanswered)
  if (removal.kind === 'going') {
    const message = `${objection.message}${STILL}${removal.message}`
    const recheckAfterMs = removal.recheckAfterMs ?? BLOCKED_MS
    const fault = 'fault' in removal ? removal.fault : undefined
    return { situation: { kind: 'unsure', ...objection, message }, recheckAfterMs, fault }
  }
  const situation = { kind: 'failed', ...objection } as const
  const isForGood = objection.reason === 'ProviderFailed' || objection.reason === 'CidrInvalid' // a range never changes
  return { situation, ...(!isForGood && { recheckAfterMs: BLOCKED_MS }) }
}

function unanswered(error: unknown): Extract<Removal, { kind: 'going' }> & { readonly fault: Fault } {
  if (error instanceof NotItsTurn) throw error
  return { kind: 'going', message: messageOf(error), fault: { error } }
}

/** Nothing while machines are on it. First its provider's part, then its claim, whatever its status says of that: the report of a claim may have been lost. */
async function free({ kind, fabrics, machines }: NetworkParts, network: Network): Promise<Removal> {
  const { status, spec, uid } = network
  const users = usersOf(machines, network)
  if (users !== undefined) return { kind: 'going', message: users.message }
  const has = isTrue(status, 'Claimed') || isTrue(status, 'Provisioned')
  const removal = has ? await kind.providerOf(network).remove(network) : ({ kind: 'gone' } as const)
  if (removal.kind === 'gone') await fabrics.release(spec.fabric, uid)
  return removal
}
