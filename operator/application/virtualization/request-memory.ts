import { requestNameOf, type Sha256, storedDigestOf } from '../../domain/virtualization/identity.ts'
import type { ResourceRequest } from '../../domain/virtualization/resource-request.ts'
import { type Clock, msBetween, type Tick } from '../clock.ts'
import { hitchOf, type PatienceParts, patience } from '../patience.ts'
import type { ProcessedMessage, ProcessedMessages } from './processed-messages.ts'

export interface RequestMemoryParts extends PatienceParts {
  readonly processed: Pick<ProcessedMessages, 'remember' | 'forget'>
  /** How long messages are remembered, in ms. */
  readonly keptMs: number
  readonly clock: Clock
  readonly sha256: Sha256
}

/** Has the messages of requests remembered before these go. */
export interface RequestMemory {
  /** Of all requests that are over, with each sweep. Answers whether some had no turn because there were too many. Never throws. */
  remember(over: readonly ResourceRequest[]): Promise<boolean>
  /** Whether a request may go: its message is remembered for long enough, or can't come again. */
  mayGo(request: ResourceRequest): boolean
}

/** Rows that are written in one trip, and in one sweep. */
const PAGE = 500
const MOST_PER_SWEEP = 5_000
/**
 * A worker may have looked just before its message was remembered, and be about to make the request. For so long it finds
 * that there: it believes what it saw for 20 s, then makes two calls of 30 s, and the API server ends what it began within 60 s.
 */
const SETTLED_MS = 180_000
const FORGET_EVERY_MS = 60_000

/**
 *   request over ─▶ its message remembered ─ three minutes ─▶ request may go by its age or number
 *
 * So whoever is asked for a message finds its request or its row, whichever process ends when. A new leader knows of no row
 * and writes all again, which changes nothing. While they can't be written no request of theirs goes.
 */
export function requestMemory(parts: RequestMemoryParts): RequestMemory {
  const { processed, clock, keptMs, sha256 } = parts
  const tries = patience(parts, { operation: 'remember requests', fields: {} })
  /** By uid, since when. No more than there are requests that are over. */
  let remembered = new Map<string, Tick>()
  let forgotAt: Tick | undefined

  async function write(requests: readonly ResourceRequest[]): Promise<void> {
    for (let from = 0; from < requests.length; from += PAGE) {
      const page = requests.slice(from, from + PAGE)
      await processed.remember(page.flatMap((request) => rowsOf(request, sha256)))
      const at = clock.tick()
      for (const { uid } of page) remembered.set(uid, at)
    }
  }

  async function forgetOld(): Promise<void> {
    if (forgotAt !== undefined && msBetween(forgotAt, clock.tick()) < FORGET_EVERY_MS) return
    await processed.forget(keptMs)
    forgotAt = clock.tick()
  }

  return {
    async remember(over) {
      const known = over.flatMap(({ uid }) => {
        const since = remembered.get(uid)
        return since === undefined ? [] : [[uid, since] as const]
      })
      remembered = new Map(known)
      const untold = over.filter((request) => !remembered.has(request.uid) && mayComeAgain(request, sha256))
      try {
        await write(untold.slice(0, MOST_PER_SWEEP))
        await forgetOld()
        tries.over()
        return untold.length > MOST_PER_SWEEP
      } catch (error) {
        tries.failed(hitchOf(error))
        return false
      }
    },
    mayGo(request) {
      if (!mayComeAgain(request, sha256)) return true
      const since = remembered.get(request.uid)
      return since !== undefined && msBetween(since, clock.tick()) >= SETTLED_MS
    },
  }
}

/** A message of a topic finds it: it came by one, and has the name that it would be given again. */
function mayComeAgain({ origin, namespace, name, spec }: ResourceRequest, sha256: Sha256): boolean {
  return origin !== undefined && name === requestNameOf(namespace, spec.messageId, sha256)
}

function rowsOf(
  { namespace, name, uid, origin, status, spec, createdAt }: ResourceRequest,
  sha256: Sha256,
): ProcessedMessage[] {
  if (!origin || !status || (status.phase !== 'Completed' && status.phase !== 'Failed')) return []
  const { phase: outcome, reason, completedAt = '' } = status
  const digest = storedDigestOf(spec, sha256)
  const endedAt = Date.parse(completedAt) || createdAt
  return [
    { ...{ name, namespace, messageId: spec.messageId, digest, requestUid: uid }, outcome, reason, endedAt, origin },
  ]
}
