import type { Clock } from '../clock.ts'

/** Work that comes back for as long as it is not stopped; the next round only begins after the last one has ended. */
export interface Repeating {
  start(): void
  /** Begins no more rounds; resolves when none is under way. */
  stop(): Promise<void>
}

/** `round` answers how long to rest, in ms, and never throws. */
export function repeating(clock: Pick<Clock, 'schedule'>, round: () => Promise<number>): Repeating {
  let isStopped = false
  let underWay: Promise<void> = Promise.resolve()
  let cancel = (): void => undefined

  async function run(): Promise<void> {
    const restMs = await round()
    if (!isStopped) cancel = clock.schedule(restMs, begin)
  }
  function begin(): void {
    underWay = run()
  }

  return {
    start: begin,
    async stop() {
      isStopped = true
      cancel()
      await underWay
    },
  }
}
