import { type Clock, msBetween, type Tick } from '../clock.ts'
import type { BoundedMaps } from './bounded-map.ts'
import type { LookUpGate } from './look-up-gate.ts'

export interface RememberedParts {
  readonly clock: Pick<Clock, 'now' | 'tick'>
  /** One for all that ask the API server. */
  readonly gate: Pick<LookUpGate, 'run'>
  readonly boundedMap: BoundedMaps
  /** Told of each answer that is given. */
  readonly onAnswer?: (result: 'yes' | 'no' | 'error', cached: boolean) => void
}

/** What a look-up found: something good or a refusal, until when at the latest it may be gone by. */
export interface Found<A> {
  readonly answer: A
  readonly good: boolean
  /** In wall time; absent: without end. */
  readonly untilMs?: number | undefined
}

export interface Asked<A> {
  readonly key: string
  /** On whose account in the gate. */
  readonly on: string
  /** Rejects where there is no answer, which nobody remembers. */
  readonly lookUp: () => Promise<Found<A>>
}

export interface Remembered<A> {
  /** What is known, or else the answer of one look-up for all who ask meanwhile. Nobody who goes away takes it with them. */
  of(asked: Asked<A>): Promise<A>
  /** Whether there ever was a good answer, as far as is remembered; it may be too old to go by. */
  wasGood(key: string): boolean
  forget(key: string): void
}

/** Counted from the beginning of a look-up: what is gone by is never older, however long the answer took. */
const FRESH_MS = 10_000
/** Kept apart, so that no flood of what is refused drives out what is good. */
const MOST_GOOD = 10_000
const MOST_BAD = 2_000

type Entry<A> = Found<A> & { readonly askedAt: Tick }

export function remembered<A>({ clock, gate, boundedMap, onAnswer }: RememberedParts): Remembered<A> {
  const good = boundedMap<Entry<A>>(MOST_GOOD)
  const bad = boundedMap<Entry<A>>(MOST_BAD)
  /** As many as the gate lets in, and no more. */
  const underWay = new Map<string, Promise<Found<A>>>()

  function fresh(key: string): Entry<A> | undefined {
    const entry = good.get(key) ?? bad.get(key) // never in both
    if (!entry || msBetween(entry.askedAt, clock.tick()) >= FRESH_MS) return undefined
    return clock.now() < (entry.untilMs ?? Infinity) ? entry : undefined
  }

  function keep(key: string, entry: Entry<A>): void {
    const [into, outOf] = entry.good ? [good, bad] : [bad, good]
    outOf.delete(key)
    into.set(key, entry)
  }

  function ask({ key, on, lookUp }: Asked<A>): Promise<Found<A>> {
    const timed = async (): Promise<Found<A>> => {
      const askedAt = clock.tick()
      const found = await lookUp()
      keep(key, { ...found, askedAt })
      return found
    }
    const asking = gate.run(on, timed).finally(() => underWay.delete(key))
    underWay.set(key, asking)
    return asking
  }

  return {
    async of(asked) {
      const known = fresh(asked.key)
      try {
        const found = known ?? (await (underWay.get(asked.key) ?? ask(asked)))
        onAnswer?.(found.good ? 'yes' : 'no', known !== undefined)
        return found.answer
      } catch (error) {
        onAnswer?.('error', false)
        throw error
      }
    },
    wasGood: (key) => good.get(key) !== undefined,
    forget(key) {
      good.delete(key)
      bad.delete(key)
    },
  }
}
