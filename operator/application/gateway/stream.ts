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
      const mayWatchOne = (kind: StreamedKind) =>
        world.access.may(call.caller, { verb: 'watch', resource: streamedKinds[kind], namespace })
      const kinds = kindsOf(call) ?? (await allowed(mayWatchOne))
      const mayWatch = async () => {
        for (const kind of kinds) await mayWatchOne(kind)
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

/** Undefined: the call names none. */
function kindsOf({ parameters }: Call): readonly StreamedKind[] | undefined {
  const kinds = parameters['kinds'] as string | undefined
  return kinds === undefined ? undefined : ([...new Set(kinds.split(','))] as StreamedKind[])
}

/** All kinds but those that the caller may not watch. Throws the Problem of one where that is none. */
async function allowed(mayWatch: (kind: StreamedKind) => Promise<void>): Promise<readonly StreamedKind[]> {
  const kinds: StreamedKind[] = []
  let refused: Problem | undefined
  for (const kind of Object.keys(streamedKinds) as StreamedKind[]) {
    try {
      await mayWatch(kind)
      kinds.push(kind)
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 403) throw error
      refused ??= error
    }
  }
  if (kinds.length === 0 && refused) throw refused
  return kinds
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
