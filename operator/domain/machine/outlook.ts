import { type Attempt, attemptAfter } from '../resource/attempts.ts'
import { isTrue, type ProviderRef } from '../resource/resource.ts'
import type { Machine, MachinePhase, MachineStatus } from './machine.ts'
import type { MachineReason } from './machine-reasons.ts'
import type { Provided } from './provided.ts'
import type { Situation, StatusFacts } from './situation.ts'

const detailNames = [
  'providerRef',
  'endpoints',
  'bootingSince',
  'bootTimeSeconds',
  'startedAt',
  'tries',
  'nextTryAt',
  'restarts',
] as const

type Details = Pick<MachineStatus, (typeof detailNames)[number]>

/** What a situation means for a machine, before it is put in the form of a status. */
export interface Outlook {
  readonly phase: MachinePhase
  readonly reason: MachineReason
  readonly message: string
  /** Whether its provider has it. */
  readonly provisioned: boolean
  readonly running: boolean
  /** Default: when it runs. */
  readonly ready?: boolean
  /** What else there is to say; what is absent is not so any more. */
  readonly details: Details
}

/** What to say of a machine in this situation. Pure. */
export function outlookOf(machine: Machine, situation: Situation, facts: StatusFacts): Outlook {
  const kept = keptFrom(machine.status)
  switch (situation.kind) {
    case 'blocked':
      return { ...kept, phase: 'Pending', reason: situation.reason, message: situation.message }
    case 'unsure':
      return asBefore(machine.status, situation)
    case 'reserving':
      return { ...kept, phase: 'Reserving', reason: situation.reason, message: situation.message }
    case 'failed':
      return { ...kept, phase: 'Failed', reason: situation.reason, message: situation.message }
    case 'leaving':
      return { ...kept, phase: 'Deleting', reason: 'Deleting', message: situation.message }
    case 'left': {
      const message = isTrue(machine.status, 'CapacityReserved') ? 'gone, its capacity given back' : 'gone'
      return { ...kept, phase: 'Deleting', reason: 'Deleted', message, provisioned: false, details: {} }
    }
    case 'provided':
      return withBeside(provided(machine, situation.provided, facts), situation)
  }
}

/** One that its provider refuses is told so alone: it is tried again, or over. */
function withBeside(outlook: Outlook, { beside, provided }: Extract<Situation, { kind: 'provided' }>): Outlook {
  if (!beside || provided.kind === 'refused') return outlook
  return { ...outlook, reason: beside.reason, message: `${outlook.message}; ${beside.message}`, ready: false }
}

/** What outlasts a situation in which the provider was not asked. */
function keptFrom(status: MachineStatus | undefined): Pick<Outlook, 'provisioned' | 'running' | 'details'> {
  const provisioned = isTrue(status, 'Provisioned')
  const ref = provisioned ? status?.providerRef : undefined
  const tries = status?.tries === undefined ? {} : { tries: status.tries } // or a provider that comes and goes is asked for ever
  return { provisioned, running: false, details: { ...(ref && { providerRef: ref }), ...tries, ...restartsOf(status) } }
}

function asBefore(
  status: MachineStatus | undefined,
  { reason, message }: { readonly reason: MachineReason; readonly message: string },
): Outlook {
  const { phase = 'Pending', ...others } = status ?? {}
  const details: Details = Object.fromEntries(
    detailNames.flatMap((name) => (name in others ? [[name, others[name as keyof typeof others]]] : [])),
  )
  return {
    phase,
    reason,
    message,
    provisioned: isTrue(status, 'Provisioned'),
    running: isTrue(status, 'Running'),
    ready: false,
    details,
  }
}

function restartsOf(status: MachineStatus | undefined, more = 0): Pick<Details, 'restarts'> {
  const restarts = (status?.restarts ?? 0) + more
  return restarts > 0 ? { restarts } : {}
}

function provided(machine: Machine, now: Provided, facts: StatusFacts): Outlook {
  const { status: before } = machine
  switch (now.kind) {
    case 'refused':
      return refused(attemptAfter(before?.tries ?? 0, { ...facts, words: now.message }), before)
    case 'starting':
    case 'troubled':
      return comingUp(machine, now, facts)
    case 'stopped': {
      const details = { providerRef: now.ref, ...restartsOf(before) }
      const reason = now.wanted ? 'Halted' : 'ShutDown'
      return { phase: 'Stopped', reason, message: now.message, provisioned: true, running: false, details }
    }
    case 'running':
      return running(before, now)
  }
}

function refused({ tries, nextTryAt, message }: Attempt, before: MachineStatus | undefined): Outlook {
  const phase = nextTryAt === undefined ? 'Failed' : 'Provisioning'
  const details = { tries, ...(nextTryAt !== undefined && { nextTryAt }), ...restartsOf(before) }
  return { phase, reason: 'ProviderFailed', message, provisioned: false, running: false, details }
}

function comingUp(
  { status: before, spec }: Machine,
  {
    kind,
    ref,
    message,
  }: { readonly kind: 'starting' | 'troubled'; readonly ref: ProviderRef; readonly message: string },
  { at }: StatusFacts,
): Outlook {
  const reason = kind === 'starting' ? 'Starting' : 'ProviderFailed'
  const bootingSince = before?.bootingSince ?? at
  const again = before?.phase === 'Running' && spec.runStrategy !== 'Halted' // else it is on its way down
  const details = { providerRef: ref, bootingSince, ...restartsOf(before, again ? 1 : 0) }
  return { phase: 'Provisioning', reason, message, provisioned: true, running: false, details }
}

function running(
  before: MachineStatus | undefined,
  { ref, endpoints, startedAt }: Extract<Provided, { kind: 'running' }>,
): Outlook {
  const since = before?.bootingSince ?? startedAt
  const booted = Math.max(0, Date.parse(startedAt) - Date.parse(since)) / 1_000
  const bootTimeSeconds = before?.phase === 'Running' ? (before.bootTimeSeconds ?? booted) : booted
  const where = endpoints[0] ? ` at ${endpoints[0].address}` : ''
  return {
    phase: 'Running',
    reason: 'Running',
    message: `running${where}, up after ${bootTimeSeconds.toFixed(1)} s`,
    provisioned: true,
    running: true,
    details: {
      providerRef: ref,
      ...(endpoints.length > 0 && { endpoints }),
      ...{ bootTimeSeconds, startedAt },
      ...restartsOf(before),
    },
  }
}
