import { type Answer, Problem } from './answer.ts'
import type { Call, Operation } from './call.ts'
import { type LiveParts, live } from './live-stream.ts'
import { type PlaceBounds, type Places, places } from './places.ts'
import { type StreamedKind, type StreamWorld, streamedKinds } from './stream-world.ts'
import { namespaceOf, refuseBlind } from './where.ts'

const BOUNDS: PlaceBounds = { inAll: 500, ofOne: 5 }

/** The operation that tells of changes for as long as its caller listens. */
export function streamOperations(
  world: StreamWorld,
  bounds: PlaceBounds = BOUNDS,
): Readonly<Record<string, Operation>> {
  const open = places(bounds)
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
      const leave = placeOf(open, call.caller.user)
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

/** A place for one more stream; the answer gives it back. Throws a Problem when there is none. */
function placeOf(open: Places, user: string): () => void {
  switch (open.fullFor(user)) {
    case 'one': {
      const detail = `${user} has ${open.takenBy(user)} streams at this gateway already: end one, or ask one of them for more kinds`
      throw new Problem('TooManyRequests', { detail, retryAfterSeconds: 15 })
    }
    case 'all': {
      const detail = `${open.taken} streams are open at this gateway`
      throw new Problem('Overloaded', { detail, retryAfterSeconds: 5 })
    }
    case undefined:
      return open.take(user)
  }
}
