import { type Clock, msBetween } from '../clock.ts'
import { Problem } from './answer.ts'
import type { Call } from './call.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { LiveStream, StreamEvent } from './stream-events.ts'
import { idOf, positionOf, type StreamedKind, type StreamWorld, streamedKinds } from './stream-world.ts'

export interface LiveParts {
  readonly world: StreamWorld
  readonly call: Pick<Call, 'caller' | 'over'>
  readonly namespace: string
  readonly kinds: readonly StreamedKind[]
  /** Rejects with a Problem where the caller may not, or nobody can tell. */
  readonly mayWatch: () => Promise<void>
  /** The id that its caller has seen last. */
  readonly from: string | undefined
}

const TICK_MS = 15_000
const ALLOWED_FOR_MS = 60_000
/** So long a right counts that nobody can ask about. */
const UNTOLD_FOR_MS = 120_000
const EVENTS_IN_A_PART = 100

interface Followed {
  readonly kind: StreamedKind
  readonly feed: ChangeFeed
  place: number
}

type Ending = Extract<StreamEvent, { type: 'end' }>

/** Begins now: nothing that changes from here on is missed. `leave` is called once, when it is over. */
export function live(parts: LiveParts, leave: () => void): LiveStream {
  const { world, call, namespace, kinds, from } = parts
  const { clock, observer } = world
  const followed = kinds.map((kind): Followed => {
    const feed = world.feedOf(streamedKinds[kind], namespace)
    return { kind, feed, place: feed.end }
  })
  const positions = new Map(followed.map(({ kind, feed }) => [kind, feed.position]))
  const resumed = from !== undefined && resume(followed, positions, from)
  let list = resumed ? undefined : fullList(parts, idOf(positions))
  const rights = rightsOf(parts)
  const bell = doorbell(clock)
  const unsubscribe = followed.map(({ feed }) => feed.subscribe(bell.ring))
  let reason = 'HungUp'
  let closed = false

  const close = (why = reason): void => {
    if (closed) return
    closed = true
    for (const end of unsubscribe) end()
    call.over.removeEventListener('abort', bell.ring)
    bell.ring()
    leave()
    observer.ended(why)
  }

  async function* told(): AsyncGenerator<readonly StreamEvent[]> {
    let since = clock.tick()
    while (!closed) {
      const ending = (await rights.ending()) ?? endingOf(parts, followed)
      if (closed) return
      if (ending) {
        reason = ending.reason
        yield [ending]
        return
      }
      const listed = list?.next().value
      if (!listed) list = undefined // nor are its objects held any longer
      const part = listed ?? nextPart(followed, positions, namespace)
      const leftMs = TICK_MS - msBetween(since, clock.tick())
      if (part.length > 0) yield part
      else if (leftMs > 0) {
        await bell.rung(Math.min(leftMs, rights.leftMs()))
        continue
      } else yield [{ type: 'idle', id: idOf(positions) }]
      since = clock.tick()
    }
  }

  async function* counted(): AsyncGenerator<readonly StreamEvent[]> {
    try {
      for await (const part of told()) {
        observer.sent(part.length)
        yield part
      }
    } catch (error) {
      reason = 'Internal'
      throw error
    } finally {
      close()
    }
  }

  observer.opened()
  call.over.addEventListener('abort', bell.ring)
  return { parts: counted(), close }
}

/** Goes on where `id` ends; false, and nothing has happened, where that is not known for every kind. */
function resume(followed: readonly Followed[], positions: Map<StreamedKind, string>, id: string): boolean {
  const found = followed.map(({ kind, feed }) => {
    const position = positionOf(id, kind)
    const place = position === undefined ? undefined : feed.placeAfter(position)
    return place === undefined ? undefined : { place, position: position as string }
  })
  if (found.includes(undefined)) return false
  for (const [index, one] of followed.entries()) {
    const { place, position } = found[index] as { place: number; position: string }
    one.place = place
    positions.set(one.kind, position)
  }
  return true
}

/** All objects as they are now, whenever its parts are asked for. */
function fullList(
  { world, namespace, kinds }: LiveParts,
  id: string,
): Generator<readonly StreamEvent[], undefined, undefined> {
  const objects = kinds.map((kind) => ({ kind, all: world.objectsOf(streamedKinds[kind], namespace) }))
  return (function* () {
    yield [{ type: 'reset', namespace, kinds }]
    for (const { kind, all } of objects) {
      for (let from = 0; from < all.length; from += EVENTS_IN_A_PART) {
        const part = all.slice(from, from + EVENTS_IN_A_PART)
        yield part.map((show): StreamEvent => ({ type: 'change', kind, change: { type: 'added', namespace, show } }))
      }
    }
    yield [{ type: 'listed', id }]
    return undefined
  })()
}

/** The changes of the next batches; of a large one all at once, for its id stands at its end. */
function nextPart(
  followed: readonly Followed[],
  positions: Map<StreamedKind, string>,
  namespace: string,
): readonly StreamEvent[] {
  const part: StreamEvent[] = []
  for (const one of followed) {
    const { kind, feed } = one
    let batch = feed.at(one.place)
    for (; batch && part.length < EVENTS_IN_A_PART; batch = feed.at(one.place)) {
      one.place += 1
      positions.set(kind, batch.position)
      const changes = batch.changes.filter((change) => change.namespace === namespace)
      const id = idOf(positions)
      for (const [index, change] of changes.entries())
        part.push({ type: 'change', kind, change, ...(index === changes.length - 1 && { id }) })
    }
    if (!batch) positions.set(kind, feed.position)
  }
  return part
}

/** Why a stream can't go on, whatever its caller may. */
function endingOf({ world, call, namespace }: LiveParts, followed: readonly Followed[]): Ending | undefined {
  if (call.over.aborted)
    return { type: 'end', reason: 'Stopping', detail: 'This gateway is about to end; another goes on.' }
  if (followed.some(({ feed, place }) => !feed.isKept(place)))
    return { type: 'end', reason: 'TooSlow', detail: 'More has changed than is kept for who reads slowly.' }
  const stale = world.blind(namespace)
  return stale === undefined ? undefined : { type: 'end', reason: 'Stale', detail: stale }
}

/** Whether the caller still may, by a yes that is at most a minute old. */
function rightsOf({ world: { clock }, call, mayWatch }: LiveParts) {
  const until = call.caller.expiresAtMs ?? Infinity
  let yesAt = clock.tick()
  let askedAt = yesAt
  return {
    leftMs: () => Math.max(1, until - clock.now()),
    async ending(): Promise<Ending | undefined> {
      const over: Ending = {
        type: 'end',
        reason: 'Unauthorized',
        detail: 'The token has ended: come back with a new one.',
      }
      if (clock.now() >= until) return over
      const now = clock.tick()
      if (msBetween(yesAt, now) < ALLOWED_FOR_MS || msBetween(askedAt, now) < TICK_MS) return undefined
      askedAt = now
      try {
        await mayWatch()
        yesAt = now
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        const refused = error.status < 500 || msBetween(yesAt, clock.tick()) >= UNTOLD_FOR_MS
        if (refused) return { type: 'end', reason: error.reason, detail: error.message }
      }
      return clock.now() >= until ? over : undefined
    },
  }
}

/** One who waits until something happens. */
function doorbell(clock: Pick<Clock, 'schedule'>) {
  let rang = false
  let open: (() => void) | undefined
  return {
    ring() {
      rang = true
      open?.()
    },
    /** Resolves when it rings, at once if it has rung since the last time, and after `ms` anyway. */
    async rung(ms: number): Promise<void> {
      if (!rang) {
        await new Promise<void>((resolve) => {
          const cancel = clock.schedule(ms, resolve)
          open = () => {
            cancel()
            resolve()
          }
        })
        open = undefined
      }
      rang = false
    },
  }
}
