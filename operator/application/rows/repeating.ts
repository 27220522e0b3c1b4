import type { Clock } from '../clock.ts'
import { hitchOf, type PatienceParts, patience, type Undertaking } from '../patience.ts'

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

export interface PatientRounds {
  readonly voices: PatienceParts
  readonly undertaking: Undertaking
  /** Before that nothing is done. */
  readonly isReady: () => boolean
  /** How long to rest while it isn't, and after a round that has failed. */
  readonly restMs: { readonly unready: number; readonly failing: number }
}

/** The same of rounds that may throw: each failure is counted, and said now and then. */
export function patientRounds(
  { voices, undertaking, isReady, restMs }: PatientRounds,
  round: () => Promise<number>,
): Repeating {
  const tries = patience(voices, undertaking)
  return repeating(voices.clock, async () => {
    if (!isReady()) return restMs.unready
    try {
      const rest = await round()
      tries.over()
      return rest
    } catch (error) {
      tries.failed(hitchOf(error))
      return restMs.failing
    }
  })
}
