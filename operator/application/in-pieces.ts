import { type Clock, msBetween, pause } from './clock.ts'

/** Something long that is computed bit by bit: it yields where others may have their turn, and returns what it found. */
export type Steps<T> = Generator<void, T>

const SLICE_MS = 5
const STEP = 512
const RUN = 2_048

/** Computes all of `steps`, and lets everything else run in between whenever some milliseconds have gone by. */
export async function inPieces<T>(clock: Pick<Clock, 'tick' | 'schedule'>, steps: Steps<T>): Promise<T> {
  let since = clock.tick()
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (msBetween(since, clock.tick()) < SLICE_MS) continue
    await pause(clock, 0)
    since = clock.tick()
  }
}

/** Runs `work` on every item. */
export function* stepping<T>(items: Iterable<T>, work: (item: T) => void): Steps<void> {
  let worked = 0
  for (const item of items) {
    work(item)
    worked += 1
    if (worked % STEP === 0) yield
  }
}

/** As `toSorted`; equal ones stay in their order. */
export function* sorting<T>(items: readonly T[], compare: (a: T, b: T) => number): Steps<T[]> {
  let runs: T[][] = []
  for (let from = 0; from < items.length; from += RUN) {
    runs.push(items.slice(from, from + RUN).sort(compare))
    yield
  }
  while (runs.length > 1) {
    const longer: T[][] = []
    for (let index = 0; index < runs.length; index += 2) {
      longer.push(yield* merging(runs[index] as T[], runs[index + 1] ?? [], compare))
    }
    runs = longer
  }
  return runs[0] ?? []
}

function* merging<T>(first: readonly T[], second: readonly T[], compare: (a: T, b: T) => number): Steps<T[]> {
  const merged: T[] = []
  let at = 0
  yield* stepping(second, (one) => {
    while (at < first.length && compare(first[at] as T, one) <= 0) merged.push(first[at++] as T)
    merged.push(one)
  })
  yield* stepping(first.slice(at), (one) => merged.push(one))
  return merged
}
