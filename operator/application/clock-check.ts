import { type Clock, longAgo, msBetween, type Tick } from './clock.ts'
import { type ClockSkew, SKEW_RETRY_MS } from './clock-skew.ts'

interface Named {
  readonly namespace: string
  readonly name: string
}

export interface ClockCheckParts {
  readonly skew: Pick<ClockSkew, 'excessMs'>
  readonly clock: Pick<Clock, 'tick'>
  /** Read for the time that comes with the answer. Throws when there is none. */
  readonly objects: { read(namespace: string, name: string): Promise<unknown> }
}

/** Whether anything may be timed and dated for this object by the wall clock. Throws when the store was asked and does not answer. */
export type ClockCheck = (object: Named) => Promise<boolean>

/**
 * While the clock is wrong the store is read now and then, because its answer brings its time: where no stock has
 * anything to do, nobody else asks. One object does it for all; thousands may wait. Where a namespace does not answer,
 * one of another does it.
 */
export function clockCheck({ skew, clock, objects }: ClockCheckParts): ClockCheck {
  let askedAt = longAgo
  /** By namespace that did not answer. */
  const failedAt = new Map<string, Tick>()
  const isDue = (since = longAgo) => msBetween(since, clock.tick()) >= SKEW_RETRY_MS

  async function ask({ namespace, name }: Named): Promise<void> {
    askedAt = clock.tick()
    try {
      await objects.read(namespace, name)
      failedAt.delete(namespace)
    } catch (error) {
      askedAt = longAgo
      failedAt.set(namespace, clock.tick())
      throw error
    }
  }

  return async (object) => {
    if (skew.excessMs() === 0) return true
    if (isDue(askedAt) && isDue(failedAt.get(object.namespace))) await ask(object)
    return skew.excessMs() === 0
  }
}
