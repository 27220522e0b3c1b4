import { type Lease, type LockAttempt, leaseLock } from './lease-lock.ts'
import type { ResourceClient } from './resource-client.ts'
import { type Clock, jittered, type Random, sleep } from './timers.ts'

/**
 * Why leading ended. `released` = we gave the lease back. `lost` = it could not be renewed in time. `taken` = it names
 * somebody else.
 */
export type StopReason = 'released' | 'lost' | 'taken'

export interface LeaderElectionOptions {
  readonly leases: Pick<ResourceClient<Lease>, 'get' | 'create' | 'replace'>
  readonly namespace: string
  readonly name: string
  /** Unique among all processes that ever were. */
  readonly identity: string
  /** How long others wait for a silent leader. Default 15 s; a whole number of seconds. */
  readonly leaseDurationMs?: number
  /** How long after its last renewal a leader stops. Default 10 s. */
  readonly renewDeadlineMs?: number
  /** Time between tries. Default 2 s. */
  readonly retryPeriodMs?: number
  /** Must not jump: `steadyClock`. */
  readonly clock: Clock
  readonly random: Random
  /** We lead now. `transitions` is the lease's count of changes of leader; it is higher at each next leader. */
  readonly onStartedLeading: (term: { readonly transitions: number }) => void
  /** Told once, and only after `onStartedLeading`. The election is over then: the process should end. */
  readonly onStoppedLeading: (reason: StopReason) => void
  /** Told at each change, also when it is us. */
  readonly onNewLeader?: (identity: string) => void
  /** A try that failed; the next one follows by itself. */
  readonly onFault?: (error: unknown) => void
}

export interface LeaderElection {
  start(): void
  /** Gives the lease back and ends. Never throws: a lease that can't be given back runs out. */
  stop(): Promise<void>
  /** False also when our clock says that the deadline has passed but no timer has run yet. */
  readonly leading: boolean
  /** Whom the lease names, as last seen. */
  readonly leader: string | undefined
}

const JITTER_FACTOR = 1.2

/**
 * Takes part in the election on one Lease with client-go's rules, but for one: the renew deadline counts from the moment
 * the last successful renewal was *sent*, so a leader has always stopped before the lease can be taken.
 */
export function leaderElection(options: LeaderElectionOptions): LeaderElection {
  const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000, clock, random } = options
  validate({ leaseDurationMs, renewDeadlineMs, retryPeriodMs })
  const lock = leaseLock({ ...options, leaseDurationMs })
  const end = new AbortController()
  const timeoutMs = Math.max(1_000, renewDeadlineMs / 2)
  let deadlineAt = Number.NEGATIVE_INFINITY
  let announced: string | undefined
  let state: 'candidate' | 'leader' | 'over' = 'candidate'
  let running: Promise<void> = Promise.resolve()

  const announce = (): void => {
    const { holder } = lock
    if (holder === undefined || holder === '' || holder === announced) return
    announced = holder
    options.onNewLeader?.(holder)
  }
  /** Undefined = it failed. Never cut short by `stop`: then the lease could become ours without our knowing. */
  const attempt = async (withinMs: number): Promise<LockAttempt | undefined> => {
    try {
      return await lock.attempt({ timeoutMs: Math.min(timeoutMs, withinMs) })
    } catch (error) {
      options.onFault?.(error)
      return undefined
    } finally {
      announce()
    }
  }
  const stopLeading = (reason: StopReason): void => {
    if (state !== 'leader') return
    state = 'over'
    end.abort()
    options.onStoppedLeading(reason)
  }
  const acquire = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const result = await attempt(timeoutMs)
      if (result?.kind === 'held' && !end.signal.aborted) {
        deadlineAt = result.sentAt + renewDeadlineMs
        state = 'leader'
        return options.onStartedLeading({ transitions: result.transitions })
      }
      await sleep(clock, jittered(retryPeriodMs, JITTER_FACTOR, random), end.signal)
    }
  }
  const renew = async (): Promise<void> => {
    while (state === 'leader' && !end.signal.aborted) {
      const cancel = clock.schedule(deadlineAt - clock.now(), () => stopLeading('lost'))
      await sleep(clock, Math.min(retryPeriodMs, deadlineAt - clock.now()), end.signal)
      const result = end.signal.aborted ? undefined : await attempt(Math.max(1, deadlineAt - clock.now()))
      cancel()
      if (result?.kind === 'held' && clock.now() < deadlineAt) deadlineAt = result.sentAt + renewDeadlineMs
      else if (result?.kind === 'taken') stopLeading('taken')
      else if (!end.signal.aborted && clock.now() >= deadlineAt) stopLeading('lost')
    }
  }

  return {
    start() {
      running = acquire().then(renew)
    },
    async stop() {
      end.abort()
      await running
      if (state === 'over') return
      await lock.release({ timeoutMs }).catch((error: unknown) => options.onFault?.(error))
      const led = state === 'leader'
      state = 'over'
      if (led) options.onStoppedLeading('released')
    },
    get leading() {
      return state === 'leader' && clock.now() < deadlineAt
    },
    get leader() {
      return lock.holder
    },
  }
}

function validate({ leaseDurationMs, renewDeadlineMs, retryPeriodMs }: Record<string, number>): void {
  const [lease, renew, retry] = [leaseDurationMs as number, renewDeadlineMs as number, retryPeriodMs as number]
  if (lease % 1_000 !== 0) throw new Error(`leaseDurationMs ${lease} must be whole seconds`)
  if (lease <= renew) throw new Error(`leaseDurationMs ${lease} must be greater than renewDeadlineMs ${renew}`)
  if (renew <= retry * JITTER_FACTOR) {
    throw new Error(`renewDeadlineMs ${renew} must be greater than retryPeriodMs × ${JITTER_FACTOR}`)
  }
  if (retry < 1) throw new Error(`retryPeriodMs ${retry} must be at least 1`)
}
