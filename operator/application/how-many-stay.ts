import { type Clock, msBetween, type Tick } from './clock.ts'

/**
 * Tells, each time it is asked, how many of the things that are there now have been there for `afterMs`: what comes and
 * goes all the time is no trouble, what stays is. Knows only what it was asked about, so it has to be asked now and then.
 */
export function howManyStay(clock: Pick<Clock, 'tick'>, afterMs: number): (uids: Iterable<string>) => number {
  let since: ReadonlyMap<string, Tick> = new Map()
  return (uids) => {
    const now = clock.tick()
    since = new Map([...uids].map((uid) => [uid, since.get(uid) ?? now]))
    return [...since.values()].filter((from) => msBetween(from, now) >= afterMs).length
  }
}
