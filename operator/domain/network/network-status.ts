import { stepsAfter } from '../kept-steps.ts'
import { conditionsAfter, deletionTruth, type Truth } from '../resource/conditions.ts'
import { became, shortened, stepsOf } from '../resource/history.ts'
import { addressCount } from './allocation.ts'
import {
  type Network,
  type NetworkConditionType,
  type NetworkOperation,
  type NetworkStatus,
  type NetworkStep,
  networkIdOf,
} from './network.ts'
import {
  claimedCidr,
  type NetworkFacts,
  type NetworkOutlook,
  type NetworkSituation,
  NOT_ASKED,
  networkOutlookOf,
} from './network-outlook.ts'

/** The status of a network in this situation; what has not changed since the last one is as it was. */
export function networkStatusAfter(network: Network, situation: NetworkSituation, facts: NetworkFacts): NetworkStatus {
  const outlook = shortened(networkOutlookOf(network, situation, facts))
  const { phase, reason, message, details, claimed } = outlook
  const cidr = claimed ? claimedCidr(network) : undefined
  const allocations = network.status?.allocations ?? []
  const next = {
    observedGeneration: network.generation,
    ...{ phase, reason, message, networkId: networkIdOf(network), provider: facts.provider },
    ...(cidr !== undefined && { cidr, addresses: addressCount(cidr, allocations) }),
    ...(allocations.length > 0 && { allocations }),
    ...details,
    conditions: conditionsAfter(
      network,
      { ...truthsOf(network, outlook, facts), ...deletionTruth(situation, outlook) },
      facts.at,
    ),
  }
  const added = stepsBetween(network, next, situation, facts)
  return { ...next, ...stepsAfter(network.status, added, facts.published) }
}

/**
 * What of a stored status is of this network: of one that a restore has written, and that is of a network before it, only
 * what may never change, or fall. What it has of its fabric it has to claim like any other.
 */
export function ownStatus({ uid }: Pick<Network, 'uid'>, status: NetworkStatus): NetworkStatus {
  const networkId = networkIdOf({ uid })
  if (status.networkId === networkId) return status
  const { provider, steps, observedGeneration } = status
  return {
    ...{ observedGeneration, phase: 'Pending', reason: 'FabricUnseen', message: 'restored; it is claimed anew' },
    ...{ networkId, provider, steps, published: steps, history: [], conditions: [] },
  }
}

function truthsOf(
  network: Network,
  { reason, message, claimed, provisioned, asked, ready, details }: NetworkOutlook,
  { provider }: NetworkFacts,
): Record<Exclude<NetworkConditionType, 'Deleting'>, Truth> {
  const why = { is: false, reason, message }
  const at = details.providerRef ? ` as ${details.providerRef.name}` : ''
  return {
    Claimed: claimed ? { is: true, reason: 'Claimed', message: `has ${placeOf(network)}` } : why,
    Provisioned: provisioned
      ? { is: true, reason: 'Provisioned', message: `${provider} has it${at}` }
      : { ...why, reason: asked ? reason : NOT_ASKED },
    Ready: { is: ready, reason, message },
  }
}

function placeOf({ spec }: Network): string {
  return `vlan ${spec.vlan} and ${claimedCidr({ spec }) ?? spec.cidr} of fabric ${spec.fabric}`
}

type Next = Pick<NetworkStatus, 'phase' | 'message' | 'conditions' | 'tries'>

/** What has happened between a network's status and its next one, in the order in which it must have happened. */
function stepsBetween(network: Network, next: Next, situation: NetworkSituation, facts: NetworkFacts): NetworkStep[] {
  const { status: before } = network
  const { message } = next
  const refused = (next.tries ?? 0) > (before?.tries ?? 0)
  const active = next.phase === 'Active' && before?.phase !== 'Active'
  const failed = next.phase === 'Failed' && before?.phase !== 'Failed'
  const left = situation.kind === 'left' && before?.reason !== 'Deleted'
  return stepsOf<NetworkOperation>(
    [
      [(before?.history ?? []).length === 0, 'Request', placeOf(network)],
      [became(before, next, 'Claimed', 'True'), 'Claim', `has ${placeOf(network)}`],
      [refused, 'Activate', message, 'Failed'],
      [active, 'Activate', message],
      [failed, 'Fail', message, 'Failed'],
      [left, 'Delete', message],
    ],
    facts.at,
  )
}
