import { inLanes } from './in-lanes.ts'
import { jointPatience } from './joint-patience.ts'
import type { PatienceParts } from './patience.ts'

/** Names one thing that is swept. */
export interface Sweepable {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface SweeperParts<T> extends PatienceParts {
  /** A word from a short list for what is done. */
  readonly operation: string
  /** How many are worked on at once. */
  readonly lanes: number
  /** How many are tried in one sweep. */
  readonly most: number
  /** Whether there was something to do. Throws when it could not be done. */
  readonly work: (thing: T) => Promise<boolean>
}

export interface Swept {
  /** How many there was something to do for. */
  readonly done: number
  /** Whether some have had no turn because there were too many. */
  readonly left: boolean
}

/** A namespace in which so many fail has its next turn with the next sweep: where requests hang, the others would wait. */
const FAILURES_OF_ONE_NAMESPACE = 8

/**
 * Works on many things now and then. One that fails ends nothing: it is said, and it comes again with the next sweep,
 * behind all that have not failed.
 */
export function sweeper<T extends Sweepable>(parts: SweeperParts<T>): (things: readonly T[]) => Promise<Swept> {
  const tries = jointPatience<string>(parts, parts.operation)
  /** By uid; who has not been tried for longest is first. */
  const failing = new Set<string>()

  function over(uid: string): void {
    failing.delete(uid)
    tries.over(uid)
  }

  /** Forgets those that nobody wants swept any more. */
  function inOrder(things: readonly T[]): readonly T[] {
    if (failing.size === 0) return things
    const again = new Map(things.filter(({ uid }) => failing.has(uid)).map((thing) => [thing.uid, thing]))
    for (const uid of failing) if (!again.has(uid)) over(uid)
    const last = [...failing].flatMap((uid) => again.get(uid) ?? [])
    return [...things.filter(({ uid }) => !failing.has(uid)), ...last]
  }

  async function work(thing: T): Promise<'done' | 'nothing' | 'failed'> {
    const { namespace, name, uid } = thing
    try {
      const did = await parts.work(thing)
      over(uid)
      return did ? 'done' : 'nothing'
    } catch (error) {
      failing.delete(uid)
      failing.add(uid)
      tries.failed(uid, `${namespace}/${name}`, error)
      return 'failed'
    }
  }

  return async (things) => {
    const failures = new Map<string, number>()
    const failuresOf = (namespace: string) => failures.get(namespace) ?? 0
    let done = 0
    let left = false
    function* turns(): Generator<T> {
      let tried = 0
      for (const thing of inOrder(things)) {
        if (failuresOf(thing.namespace) >= FAILURES_OF_ONE_NAMESPACE) continue
        left = tried === parts.most
        if (left) return
        tried += 1
        yield thing
      }
    }
    await inLanes(turns(), parts.lanes, async (thing) => {
      const end = await work(thing)
      if (end === 'done') done += 1
      if (end === 'failed') failures.set(thing.namespace, failuresOf(thing.namespace) + 1)
    })
    return { done, left }
  }
}
