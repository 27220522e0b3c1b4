import { type Machine, type MachineStatus, machineIdOf } from '../machine/machine.ts'
import { asRequestReason, type OwnRequestReason, type RequestReason } from './request-reasons.ts'
import type { RequestStatus, ResourceRef } from './resource-request.ts'

/** What was found of a request's resource, in one look. */
export type Situation =
  /** It can't be made for now; `message`: why. */
  | { readonly kind: 'hindered'; readonly message: string }
  /** It is there. `position`: its place in line for capacity; `bootSeconds`: what a boot mostly takes. */
  | {
      readonly kind: 'made'
      readonly machine: Machine
      readonly position?: number | undefined
      readonly bootSeconds?: number | undefined
    }
  /** What is to go is not there, and may still come. */
  | { readonly kind: 'awaited'; readonly message: string }
  /** What is to go is known; nothing was done to it. */
  | { readonly kind: 'found'; readonly machine: Machine }
  /** What is to go is known, and can't be deleted for now; `message`: why. */
  | { readonly kind: 'kept'; readonly resource: ResourceRef; readonly message: string }
  /** It is going. */
  | { readonly kind: 'leaving'; readonly resource: ResourceRef; readonly message?: string | undefined }
  /** Nothing was made of what is to go, and nothing will be. */
  | { readonly kind: 'withdrawn'; readonly message: string }
  /** It is gone, as was asked for. */
  | { readonly kind: 'left'; readonly resource: ResourceRef }
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

function isHindered(situation: Situation): boolean {
  if (situation.kind !== 'made') return situation.kind === 'hindered' || situation.kind === 'kept'
  const { status, deletingSince } = situation.machine
  return deletingSince === undefined && (status?.phase === 'Pending' || isRefusedByPolicy(status))
}

/** A policy may be changed: then the machine comes up all the same. */
function isRefusedByPolicy(status: MachineStatus | undefined): boolean {
  return status?.phase === 'Failed' && status.reason === 'PolicyViolation'
}

type Told = Omit<Standing, 'hindered'>

function toldOf(situation: Situation): Told {
  switch (situation.kind) {
    case 'hindered':
      return { phase: 'Queued', reason: 'ResourceRefused', message: situation.message }
    case 'awaited':
      return { phase: 'Queued', reason: 'WaitingForTarget', message: situation.message }
    case 'found': {
      const resource = refOf(situation.machine)
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
      const { resource, message: how } = situation
      const message = `${nameOf(resource)} is being removed${how === undefined ? '' : `: ${how}`}`
      return { phase: 'Working', reason: 'Removing', message, resource }
    }
    case 'withdrawn':
      return { phase: 'Completed', reason: 'Withdrawn', message: situation.message }
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

function refOf(machine: Pick<Machine, 'name' | 'uid'>): ResourceRef {
  return { kind: 'VirtualMachine', name: machine.name, id: machineIdOf(machine), uid: machine.uid }
}

export function nameOf({ kind, name, id }: ResourceRef): string {
  return `${kind} ${name} (${id})`
}

function madeStanding({ machine, position, bootSeconds }: Extract<Situation, { kind: 'made' }>): Told {
  const resource = refOf(machine)
  const { status } = machine
  if (machine.deletingSince !== undefined || status?.phase === 'Deleting')
    return { phase: 'Failed', reason: 'ResourceGone', message: `${nameOf(resource)} was deleted by somebody`, resource }
  if (!status)
    return { phase: 'Accepted', reason: 'ResourceCreated', message: `${nameOf(resource)} is there`, resource }
  const { endpoints } = status
  const as = (fallback: RequestReason) => ({
    ...{ reason: asRequestReason(status.reason, fallback), message: status.message, resource },
  })
  switch (status.phase) {
    case 'Pending':
    case 'Reserving':
      return { phase: 'Accepted', ...as('ResourceCreated'), ...(position !== undefined && { queuePosition: position }) }
    case 'Provisioning': {
      const estimatedSeconds = bootSeconds === undefined ? {} : { estimatedSeconds: Math.ceil(bootSeconds) }
      return { phase: 'Working', ...as('Starting'), ...estimatedSeconds }
    }
    case 'Running':
      return { phase: 'Completed', ...as('Running'), ...(endpoints && { endpoints }) }
    case 'Stopped':
      return { phase: 'Completed', ...as('Halted') }
    case 'Failed':
      return { phase: isRefusedByPolicy(status) ? 'Accepted' : 'Failed', ...as('ResourceFailed') }
  }
}
