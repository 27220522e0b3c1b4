import { overloaded } from './bridge-error.ts'

/** Runs what it is given one after the other. Throws at once where too many wait already. */
export type OneAtATime = <T>(work: () => Promise<T>) => Promise<T>

export function oneAtATime(mostWaiting: number): OneAtATime {
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()
  return async (work) => {
    if (waiting > mostWaiting) throw overloaded(`${waiting} calls of this consumer wait for each other`)
    waiting += 1
    const done = last.then(work)
    last = done.catch(() => undefined)
    return done.finally(() => {
      waiting -= 1
    })
  }
}
