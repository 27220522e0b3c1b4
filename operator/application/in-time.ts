import type { Clock } from './clock.ts'

/** Whether `work` ended within `limitMs`. */
export async function inTime(
  clock: Pick<Clock, 'schedule'>,
  limitMs: number,
  work: Promise<unknown>,
): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const cancel = clock.schedule(limitMs, () => late.resolve(false))
  const ended = await Promise.race([work.then(() => true), late.promise])
  cancel()
  return ended
}
