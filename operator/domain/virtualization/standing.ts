import { type Machine, machineIdOf } from '../machine/machine.ts'
import { networkIdOf } from '../network/network.ts'
import { storageIdOf } from '../storage/storage.ts'
import { asRequestReason, type OwnRequestReason, type RequestReason } from './request-reasons.ts'
import { endpointsOf, type Requested, type RequestedKind, type Stage, stageOf } from './requested.ts'
import type { RequestPhase, RequestStatus, ResourceRef } from './resource-request.ts'

/** What was found of a request's resource, in one look. */
export type Situation =
  /** It can't be made for now; `message`: why. */
  | { readonly kind: 'hindered'; readonly message: string }
  /** Nobody could be asked how it is; `phase`, `reason`: what was told last. */
  | {
      readonly kind: 'unread'
      readonly phase: RequestPhase
      readonly reason: RequestReason
      readonly message: string
    }
  /** It is there. `position`: its place in line for capacity; `bootSeconds`: what a boot mostly takes. */
  | {
      readonly kind: 'made'
      readonly resource: Requested
      readonly position?: number | undefined
      readonly bootSeconds?: number | undefined
      /** Nobody has said anything of it, for longer than that takes. */
      readonly silent?: true
    }
  /** What is to go is not there, and may still come. `late`: that should be known by now, and somebody has to see to it. */
  | { readonly kind: 'awaited'; readonly message: string; readonly late?: true }
  /** What is to go is known; nothing was done to it. */
  | { readonly kind: 'found'; readonly resource: Requested }
  /** What is to go is known, and can't be deleted for now; `message`: why. */
  | { readonly kind: 'kept'; readonly resource: ResourceRef; readonly message: string }
  /** It is going. `held`: others are on it, which somebody has to end first. */
  | {
      readonly kind: 'leaving'
      readonly resource: ResourceRef
      readonly message?: string | undefined
      readonly held: boolean
      /** Since when, where that is too long; time, ISO 8601. */
      readonly slowSince?: string | undefined
    }
  /** Nothing was made of what is to go, and nothing will be. */
  | { readonly kind: 'withdrawn'; readonly message: string }
  /** It is gone, as was asked for. */
  | { readonly kind: 'left'; readonly resource: ResourceRef }
  /** The request itself was deleted, and somebody's finalizer holds it; `phase`: how far it had come. */
  | { readonly kind: 'deleted'; readonly phase: RequestPhase; readonly message: string }
  | { readonly kind: 'failed'; readonly reason: OwnRequestReason; readonly message: string }

/** Where a request stands, before it is put in the form of a status. */
export type Standing = Pick<
  RequestStatus,
  'phase' | 'reason' | 'message' | 'resource' | 'queuePosition' | 'estimatedSeconds' | 'endpoints'
> & {
  /** Something is against it that somebody has to change. */
  readonly hindered: boolean
}

/** What a situation means for a request. Pure. */
export function standingOf(situation: Situation): Standing {
  return { ...toldOf(situation), hindered: isHindered(situation) }
}

const mayTurn: ReadonlySet<Stage> = new Set(['blocked', 'refused', 'troubled'])
const hindrances: ReadonlySet<Situation['kind']> = new Set(['hindered', 'unread', 'kept', 'deleted'])

/** What is refused may be allowed by another policy: then it comes up all the same. */
function isHindered(situation: Situation): boolean {
  switch (situation.kind) {
    case 'leaving':
      return situation.held || situation.slowSince !== undefined
    case 'awaited':
      return situation.late === true
    case 'made':
      return situation.silent === true || mayTurn.has(stageOf(situation.resource))
    default:
      return hindrances.has(situation.kind)
  }
}

type Told = Omit<Standing, 'hindered'>

function toldOf(situation: Situation): Told {
  switch (situation.kind) {
    case 'hindered':
      return { phase: 'Queued', reason: 'ResourceRefused', message: situation.message }
    case 'unread':
      return { phase: situation.phase, reason: situation.reason, message: situation.message }
    case 'awaited':
      return { phase: 'Queued', reason: 'WaitingForTarget', message: situation.message }
    case 'found': {
      const resource = refOf(situation.resource)
      return { phase: 'Accepted', reason: 'TargetFound', message: `${nameOf(resource)} is to be deleted`, resource }
    }
    case 'kept': {
      const { resource, message } = situation
      return {
        ...{ phase: 'Accepted', reason: 'RemovalRefused', resource },
        message: `${nameOf(resource)} can't be deleted for now: ${message}`,
      }
    }
    case 'leaving': {
      const { resource, message: how, slowSince } = situation
      const since = slowSince === undefined ? '' : ` since ${slowSince}`
      const message = `${nameOf(resource)} is being removed${since}${how === undefined ? '' : `: ${how}`}`
      return { phase: 'Working', reason: slowSince === undefined ? 'Removing' : 'RemovalSlow', message, resource }
    }
    case 'withdrawn':
      return { phase: 'Completed', reason: 'Withdrawn', message: situation.message }
    case 'deleted':
      return { phase: situation.phase, reason: 'Withdrawn', message: situation.message }
    case 'left': {
      const { resource } = situation
      return { phase: 'Completed', reason: 'Removed', message: `${nameOf(resource)} is gone`, resource }
    }
    case 'failed':
      return { phase: 'Failed', reason: situation.reason, message: situation.message }
    case 'made':
      return madeStanding(situation)
  }
}

const idOf: Readonly<Record<RequestedKind, (resource: Pick<Machine, 'uid'>) => string>> = {
  ...{ VirtualMachine: machineIdOf, VirtualStorage: storageIdOf, VirtualNetwork: networkIdOf },
}

function refOf(resource: Requested): ResourceRef {
  const { kind, name, uid } = resource
  return { kind, name, id: idOf[kind](resource), uid }
}

export function nameOf({ kind, name, id }: ResourceRef): string {
  return `${kind} ${name} (${id})`
}

function madeStanding({ resource: made, position, bootSeconds, silent }: Extract<Situation, { kind: 'made' }>): Told {
  const resource = refOf(made)
  const { status } = made
  const as = (fallback: RequestReason) => ({
    ...{ reason: asRequestReason(status?.reason ?? '', fallback), message: status?.message ?? '', resource },
  })
  switch (stageOf(made)) {
    case 'goes':
      return {
        phase: 'Failed',
        reason: 'ResourceGone',
        message: `${nameOf(resource)} was deleted by somebody`,
        resource,
      }
    case 'new': {
      const message = `${nameOf(resource)} is there${silent ? ', and nothing is told of it' : ''}`
      return { phase: 'Accepted', reason: 'ResourceCreated', message, resource }
    }
    case 'blocked':
    case 'waits':
      return { phase: 'Accepted', ...as('ResourceCreated'), ...(position !== undefined && { queuePosition: position }) }
    case 'refused':
      return { phase: 'Accepted', ...as('ResourceFailed') }
    case 'works':
    case 'troubled': {
      const estimatedSeconds = bootSeconds === undefined ? {} : { estimatedSeconds: Math.ceil(bootSeconds) }
      const told = as('ResourceCreated')
      const message = silent ? `${told.message}; so for more than an hour` : told.message
      return { phase: 'Working', ...told, message, ...estimatedSeconds }
    }
    case 'ready': {
      const endpoints = endpointsOf(made)
      return { phase: 'Completed', ...as('ResourceCreated'), ...(endpoints && { endpoints }) }
    }
    case 'failed':
      return { phase: 'Failed', ...as('ResourceFailed') }
  }
}
