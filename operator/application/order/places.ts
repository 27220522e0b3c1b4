import { type Clock, later, longAgo, msBetween, type Tick } from '../clock.ts'

/** What a place is for: to move something, to ask what became of it, or to ask once more about what is over. */
export type Line = 'moving' | 'asking' | 'late'

export interface Asker {
  readonly id: string
  readonly namespace: string
  /** A place is set aside for it, for a while. */
  wake(): void
}

/**
 * How many calls of one service are under way at once. Whoever finds no place waits in a line, and is woken with one set
 * aside for it: the lines take turns, and in each of them the namespaces, so that nobody is kept waiting by many others.
 */
export interface Places {
  /** Answers how to give it back; undefined: there is none now, and this one waits in its line. */
  take(asker: Asker, line: Line): (() => void) | undefined
  /** Waits no longer, and needs nothing that was set aside. */
  leave(id: string): void
  /** The service was not even reached: for so long, a minute at most, nothing is moved with it, and then one by one until it is. */
  unreached(forMs: number, reason: string): void
  reached(): void
  /** Why it was not reached; undefined: as far as is known it can be. */
  readonly trouble: string | undefined
  /** Nobody is woken any more. */
  stop(): void
}

interface Waiting {
  /** At most so many at once, of all places. */
  readonly most: number
  running: number
  servedAt: number
  /** By namespace, those that are served next first; in each of them those that came first. */
  readonly askers: Map<string, Map<string, Asker>>
}

/** Who is woken and does not come for so long has no use for it. */
const SET_ASIDE_MS = 10_000
const SHORTEST_REST_MS = 1_000
/** However long the service asks for: it may be back sooner, and one call then tells. */
const LONGEST_REST_MS = 60_000

export function places(total: number, clock: Pick<Clock, 'schedule' | 'tick'>): Places {
  const lines = linesOf(total)
  const setAside = new Map<string, { readonly line: Line; readonly lapse: () => void }>()
  const namespaceOf = new Map<string, string>()
  let turn = 0
  let trouble: string | undefined
  let restUntil: Tick = longAgo
  let endOfRest = () => {}

  const running = () => lines.moving.running + lines.asking.running + lines.late.running
  const mostOf = (line: Line) => {
    if (line !== 'moving' || trouble === undefined) return lines[line].most
    return msBetween(clock.tick(), restUntil) > 0 ? 0 : 1
  }
  const hasRoom = (line: Line) => running() < total && lines[line].running < mostOf(line)

  function occupy(line: Line): void {
    lines[line].running += 1
    turn += 1
    lines[line].servedAt = turn
  }

  function giver(line: Line): () => void {
    let isGiven = false
    return () => {
      if (isGiven) return
      isGiven = true
      lines[line].running -= 1
      serve()
    }
  }

  function wait(asker: Asker, line: Line): void {
    const { askers } = lines[line]
    if (askers.get(asker.namespace)?.has(asker.id)) return // it keeps its turn
    unwait(asker.id)
    const those = askers.get(asker.namespace) ?? new Map<string, Asker>()
    askers.set(asker.namespace, those.set(asker.id, asker))
    namespaceOf.set(asker.id, asker.namespace)
  }

  function unwait(id: string): void {
    const namespace = namespaceOf.get(id)
    if (namespace === undefined) return
    namespaceOf.delete(id)
    for (const { askers } of Object.values(lines)) {
      const those = askers.get(namespace)
      if (those?.delete(id) && those.size === 0) askers.delete(namespace)
    }
  }

  function nextOf({ askers }: Waiting): Asker | undefined {
    for (const [namespace, those] of askers) {
      const [asker] = those.values()
      askers.delete(namespace)
      askers.set(namespace, those) // the others come before it the next time
      return asker
    }
    return undefined
  }

  function serve(): void {
    for (;;) {
      const [line] = (Object.keys(lines) as Line[])
        .filter((name) => lines[name].askers.size > 0 && hasRoom(name))
        .sort((a, b) => lines[a].servedAt - lines[b].servedAt)
      const asker = line && nextOf(lines[line])
      if (!line || !asker) return
      unwait(asker.id)
      occupy(line)
      const lapse = clock.schedule(SET_ASIDE_MS, () => drop(asker.id))
      setAside.set(asker.id, { line, lapse })
      asker.wake()
    }
  }

  function drop(id: string): void {
    const kept = setAside.get(id)
    if (!kept) return
    kept.lapse()
    setAside.delete(id)
    giver(kept.line)()
  }

  return {
    take(asker, line) {
      const kept = setAside.get(asker.id)
      if (kept?.line === line) {
        kept.lapse()
        setAside.delete(asker.id)
        return giver(line)
      }
      drop(asker.id)
      if (!hasRoom(line)) {
        wait(asker, line)
        return undefined
      }
      unwait(asker.id)
      occupy(line)
      return giver(line)
    },
    leave(id) {
      unwait(id)
      drop(id)
    },
    unreached(forMs, reason) {
      const ms = Math.min(LONGEST_REST_MS, Math.max(SHORTEST_REST_MS, forMs))
      trouble = reason
      restUntil = later(clock.tick(), ms)
      endOfRest()
      endOfRest = clock.schedule(ms, serve)
    },
    reached() {
      if (trouble === undefined) return
      trouble = undefined
      serve()
    },
    get trouble() {
      return trouble
    },
    stop() {
      endOfRest()
      for (const { askers } of Object.values(lines)) askers.clear()
      for (const id of [...setAside.keys()]) drop(id)
    },
  }
}

/** Of many places a few are for questions alone, and fewer for those about what is over: money that moves takes the others. */
function linesOf(total: number): Readonly<Record<Line, Waiting>> {
  const [asking, late] = [Math.floor(total / 4), Math.floor(total / 16)]
  const line = (most: number): Waiting => ({ most: Math.max(1, most), running: 0, servedAt: 0, askers: new Map() })
  return { moving: line(total - asking - late), asking: line(asking), late: line(late) }
}
