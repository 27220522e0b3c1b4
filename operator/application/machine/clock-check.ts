import type { Machine } from '../../domain/machine/machine.ts'
import { type Clock, longAgo, msBetween, type Tick } from '../clock.ts'
import { type ClockSkew, SKEW_RETRY_MS } from '../clock-skew.ts'
import type { Machines } from './machines.ts'

export interface ClockCheckParts {
  readonly skew: Pick<ClockSkew, 'excessMs'>
  readonly clock: Pick<Clock, 'tick'>
  readonly machines: Pick<Machines, 'read'>
}

/** Whether anything may be timed and dated for this machine by the wall clock. Throws when the store was asked and does not answer. */
export type ClockCheck = (machine: Pick<Machine, 'namespace' | 'name'>) => Promise<boolean>

/**
 * While the clock is wrong the store is read now and then, because its answer brings its time: where no stock has
 * anything to do, nobody else asks. One machine does it for all; thousands may wait. Where a namespace does not answer,
 * one of another does it.
 */
export function clockCheck({ skew, clock, machines }: ClockCheckParts): ClockCheck {
  let askedAt = longAgo
  /** By namespace that did not answer. */
  const failedAt = new Map<string, Tick>()
  const isDue = (since = longAgo) => msBetween(since, clock.tick()) >= SKEW_RETRY_MS

  async function ask({ namespace, name }: Pick<Machine, 'namespace' | 'name'>): Promise<void> {
    askedAt = clock.tick()
    try {
      await machines.read(namespace, name)
      failedAt.delete(namespace)
    } catch (error) {
      askedAt = longAgo
      failedAt.set(namespace, clock.tick())
      throw error
    }
  }

  return async (machine) => {
    if (skew.excessMs() === 0) return true
    if (isDue(askedAt) && isDue(failedAt.get(machine.namespace))) await ask(machine)
    return skew.excessMs() === 0
  }
}
