import type { Machine } from '../../domain/machine/machine.ts'
import { isOver, type ResourceRef, type ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import { nameOf } from '../../domain/virtualization/standing.ts'
import type { WantedMachine } from '../../domain/virtualization/wish.ts'
import type { RequestAssessment } from './report-request.ts'
import type { RequestParts } from './request-parts.ts'

/** Nobody would tell us that nothing is against it any more. The longer it has lasted, the more seldom it is tried. */
const FIRST_RETRY_MS = 10_000
const LAST_RETRY_MS = 300_000
const SHARE_OF_AGE = 0.1

/**
 * Makes the machine of a request, once: from the first status that names it, one that is gone is not made again. Then
 * looks how it is. May be repeated.
 */
export async function assessCreation(
  parts: RequestParts,
  request: ResourceRequest,
  wanted: WantedMachine,
): Promise<RequestAssessment> {
  const known = request.status?.resource
  if (known) return lookAt(parts, request, known)
  const making = await parts.machines.make(request, wanted)
  switch (making.kind) {
    case 'made':
      return made(parts, making.machine)
    case 'taken': {
      const whose = `VirtualMachine ${wanted.name} exists and was not made for this request`
      return { situation: { kind: 'failed', reason: 'NameTaken', message: `${whose}; send another virtualResourceId` } }
    }
    case 'refused':
      return { situation: { kind: 'failed', reason: 'InvalidSpecification', message: making.reason } }
    case 'hindered': {
      const ending = endingOf(parts, request)
      if (ending) {
        const message = `request ${ending.name} has ended it before anything was made: ${making.reason}`
        return { situation: { kind: 'failed', reason: 'Withdrawn', message } }
      }
      return { situation: { kind: 'hindered', message: making.reason }, recheckAfterMs: retryAfterMs(parts, request) }
    }
  }
}

/** Who wants an end of what surely is not made: there is nothing to be waited for. */
function endingOf({ requests }: RequestParts, { namespace, spec }: ResourceRequest): ResourceRequest | undefined {
  return requests.endingMessage(namespace, spec.messageId).find((one) => !isOver(one) && !one.deleting)
}

function retryAfterMs({ clock }: RequestParts, { createdAt }: ResourceRequest): number {
  const share = (clock.now() - createdAt) * SHARE_OF_AGE
  return Math.min(LAST_RETRY_MS, Math.max(FIRST_RETRY_MS, share))
}

async function lookAt(
  parts: RequestParts,
  { namespace }: ResourceRequest,
  known: ResourceRef,
): Promise<RequestAssessment> {
  const id = { namespace, ...known }
  const machine = parts.machines.find(id) ?? (await parts.machines.read(id))
  if (machine) return made(parts, machine)
  const message = `${nameOf(known)} was deleted by somebody before it came up`
  return { situation: { kind: 'failed', reason: 'ResourceGone', message } }
}

function made({ machines, bootTimes }: RequestParts, machine: Machine): RequestAssessment {
  const { status } = machine
  const position = status?.phase === 'Reserving' ? machines.positionOf(machine) : undefined
  const bootSeconds = status && bootTimes.medianSeconds(status.provider)
  return { situation: { kind: 'made', machine, position, bootSeconds } }
}
