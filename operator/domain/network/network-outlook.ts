import { attemptAfter } from '../resource/attempts.ts'
import { isTrue, type ProviderRef, wasProvided } from '../resource/resource.ts'
import type { Situation, StatusFacts } from '../resource/situation.ts'
import { canonicalCidr } from './fabric.ts'
import type { Network, NetworkPhase, NetworkProviderName, NetworkStatus } from './network.ts'
import type { NetworkReason, OwnNetworkReason } from './network-reasons.ts'
import type { ProvidedNetwork } from './provided-network.ts'

/** Where a network stands. */
export type NetworkSituation = Situation<ProvidedNetwork, OwnNetworkReason>

/** What a network's status says beyond the situation. */
export type NetworkFacts = StatusFacts<NetworkProviderName>

type Details = Pick<NetworkStatus, 'providerRef' | 'activeAt' | 'tries' | 'nextTryAt'>

/** What a situation means for a network, before it is put in the form of a status. */
export interface NetworkOutlook {
  readonly phase: NetworkPhase
  readonly reason: NetworkReason
  readonly message: string
  /** Whether its vlan and its range are its own. */
  readonly claimed: boolean
  /** Whether its provider has it. */
  readonly provisioned: boolean
  /** Whether its provider may have been asked for it. */
  readonly asked: boolean
  readonly ready: boolean
  /** What else there is to say; what is absent is not so any more. */
  readonly details: Details
}

/** The provider is asked only for what is claimed: whatever it says, or doesn't, the claim stays. */
const afterClaim: ReadonlySet<string> = new Set(['Claimed', 'ProviderUnavailable', 'ProviderFailed'])

/** Told just before the provider is asked for the first time: from then on it may have something of it. */
const ASKED_NEXT: NetworkReason = 'Claimed'
/** Why `Provisioned` is not true where the provider was surely never asked. */
export const NOT_ASKED = 'NotAsked'

/** Whether its provider may have been asked for it, by its status: of networks of earlier versions nobody knows. */
export function mayBeProvided(status: NetworkStatus | undefined): boolean {
  if (wasProvided(status) || status?.tries !== undefined) return true
  const provisioned = status?.conditions.find(({ type }) => type === 'Provisioned')
  return isTrue(status, 'Claimed') && provisioned?.reason !== NOT_ASKED
}

/** What to say of a network in this situation. Pure. */
export function networkOutlookOf(network: Network, situation: NetworkSituation, facts: NetworkFacts): NetworkOutlook {
  const { status, abandoned } = network
  const kept = keptFrom(status)
  switch (situation.kind) {
    case 'blocked':
    case 'reserving': {
      const { reason, message } = situation
      const claimed = kept.claimed || afterClaim.has(reason)
      return { ...kept, phase: 'Pending', reason, message, claimed, asked: kept.asked || reason === ASKED_NEXT }
    }
    case 'unsure': {
      const { reason, message } = situation
      return { ...kept, phase: status?.phase ?? 'Pending', reason, message }
    }
    case 'failed': {
      const { reason, message } = situation
      return { ...kept, phase: 'Failed', reason, message, ...nothing, details: triesOf(status) }
    }
    case 'leaving':
      return { ...kept, phase: 'Deleting', reason: 'Deleting', message: situation.message }
    case 'left': {
      const message = leftWords(kept.claimed, abandoned)
      return { ...kept, ...nothing, details: {}, phase: 'Deleting', reason: 'Deleted', message }
    }
    case 'provided':
      return withBeside(provided(network, situation.provided, facts), situation.beside?.message)
  }
}

/** It takes nothing away from one that is there. */
function withBeside(outlook: NetworkOutlook, beside: string | undefined): NetworkOutlook {
  return outlook.ready && beside !== undefined ? { ...outlook, message: `${outlook.message}; ${beside}` } : outlook
}

const nothing = { claimed: false, provisioned: false }

function leftWords(claimed: boolean, abandoned: boolean): string {
  if (!claimed) return 'gone'
  return abandoned
    ? 'given up; its vlan and its range are free when nothing is left of it at its provider'
    : 'gone, its vlan and its range are free'
}

/** Or a provider that comes and goes is asked for ever. */
function triesOf(status: NetworkStatus | undefined): Pick<Details, 'tries'> {
  return status?.tries === undefined ? {} : { tries: status.tries }
}

type Kept = Pick<NetworkOutlook, 'claimed' | 'provisioned' | 'asked' | 'ready' | 'details'>

/** What outlasts a situation in which the provider was not asked. */
function keptFrom(status: NetworkStatus | undefined): Kept {
  const provisioned = isTrue(status, 'Provisioned')
  const { providerRef, activeAt } = status ?? {}
  const details = {
    ...(provisioned && providerRef && { providerRef }),
    ...(provisioned && activeAt !== undefined && { activeAt }),
    ...triesOf(status),
  }
  return { claimed: isTrue(status, 'Claimed'), provisioned, asked: mayBeProvided(status), ready: false, details }
}

function provided(network: Network, now: ProvidedNetwork, facts: NetworkFacts): NetworkOutlook {
  const { status } = network
  if (now.kind === 'active') return active(network, now.ref, facts)
  if (now.kind === 'troubled' || isTrue(status, 'Provisioned')) return troubled(status, now)
  const { tries, nextTryAt, message } = attemptAfter(status?.tries ?? 0, { ...facts, words: now.message })
  const isLast = nextTryAt === undefined
  return {
    ...{ phase: isLast ? 'Failed' : 'Pending', reason: 'ProviderFailed', message },
    ...{ claimed: true, provisioned: false, asked: true, ready: false },
    details: { tries, ...(!isLast && { nextTryAt }) },
  }
}

function active({ name, status }: Network, ref: ProviderRef, { provider, at }: NetworkFacts): NetworkOutlook {
  const details = { providerRef: ref, activeAt: status?.activeAt ?? at }
  const truths = { claimed: true, provisioned: true, asked: true, ready: true }
  const ofPods = provider === 'Simulated' ? '' : `; pods ask for ${ref.kind} ${ref.name}`
  return {
    ...truths,
    phase: 'Active',
    reason: 'Active',
    message: `ready: machines name it "${name}"${ofPods}`,
    details,
  }
}

/** It was there, and machines may be on it: nobody's no takes it away. */
function troubled(
  status: NetworkStatus | undefined,
  now: Exclude<ProvidedNetwork, { kind: 'active' }>,
): NetworkOutlook {
  const { details } = keptFrom(status)
  return {
    ...{ phase: status?.phase === 'Active' ? 'Active' : 'Pending', reason: 'ProviderFailed', message: now.message },
    ...{ claimed: true, provisioned: true, asked: true, ready: false },
    details: { ...details, ...(now.kind === 'troubled' && { providerRef: now.ref }) },
  }
}

/** The spelling of its range that is claimed; undefined = it is none. */
export function claimedCidr({ spec }: Pick<Network, 'spec'>): string | undefined {
  const read = canonicalCidr(spec.cidr)
  return 'cidr' in read ? read.cidr : undefined
}
