import type { Clock } from './clock.ts'

/** Whether `work` ended within `limitMs`. */
export async function inTime(
  clock: Pick<Clock, 'schedule'>,
  limitMs: number,
  work: Promise<unknown>,
): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const cancel = clock.schedule(limitMs, () => resolve(false))
  work.then(() => resolve(true), reject)
  return promise.finally(cancel)
}
