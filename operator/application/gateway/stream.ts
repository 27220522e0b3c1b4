import { type Answer, Problem } from './answer.ts'
import type { Call, Operation } from './call.ts'
import { type LiveParts, live } from './live-stream.ts'
import { type StreamedKind, type StreamWorld, streamedKinds } from './stream-world.ts'
import { namespaceOf, refuseBlind } from './where.ts'

export interface StreamBounds {
  readonly inAll: number
  readonly ofOneCaller: number
}

const BOUNDS: StreamBounds = { inAll: 500, ofOneCaller: 5 }

/** The operation that tells of changes for as long as its caller listens. */
export function streamOperations(
  world: StreamWorld,
  bounds: StreamBounds = BOUNDS,
): Readonly<Record<string, Operation>> {
  const places = callerPlaces(bounds)
  return {
    async streamChanges(call): Promise<Answer> {
      const namespace = namespaceOf(call, world)
      refuseBlind(world, namespace)
      const kinds = kindsOf(call)
      const mayWatch = async () => {
        for (const kind of kinds)
          await world.access.may(call.caller, { verb: 'watch', resource: streamedKinds[kind], namespace })
      }
      await mayWatch()
      const leave = places.take(call.caller.user)
      const parts: LiveParts = {
        world,
        call,
        namespace,
        kinds,
        mayWatch,
        from: call.parameters['Last-Event-ID'] as string | undefined,
      }
      return { status: 200, body: {}, stream: live(parts, leave) }
    },
  }
}

function kindsOf({ parameters }: Call): readonly StreamedKind[] {
  return [...new Set((parameters['kinds'] as string).split(','))] as StreamedKind[]
}

/** Nobody has more streams than that, and all together neither. */
function callerPlaces({ inAll, ofOneCaller }: StreamBounds) {
  const taken = new Map<string, number>()
  let all = 0
  return {
    /** The answer gives the place back. Throws a Problem when there is none. */
    take(user: string): () => void {
      const own = taken.get(user) ?? 0
      if (own >= ofOneCaller) {
        const detail = `${user} has ${own} streams at this gateway already: end one, or ask one of them for more kinds`
        throw new Problem('TooManyRequests', { detail, retryAfterSeconds: 15 })
      }
      if (all >= inAll) {
        throw new Problem('Overloaded', { detail: `${all} streams are open at this gateway`, retryAfterSeconds: 5 })
      }
      all += 1
      taken.set(user, own + 1)
      return () => {
        all -= 1
        const left = (taken.get(user) ?? 0) - 1
        if (left > 0) taken.set(user, left)
        else taken.delete(user)
      }
    },
  }
}
