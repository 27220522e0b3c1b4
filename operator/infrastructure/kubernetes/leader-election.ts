import { type Lease, type LeaseLock, type LockAttempt, leaseLock } from './lease-lock.ts'
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
  const timeoutMs = Math.max(1_000, renewDeadlineMs / 2)
  const attempt = attempts(lock, options)
  const end = new AbortController()
  let deadlineAt = Number.NEGATIVE_INFINITY
  let state: 'candidate' | 'leader' | 'over' = 'candidate'
  let running: Promise<void> = Promise.resolve()

  const over = (reason: StopReason): void => {
    const led = state === 'leader'
    state = 'over'
    end.abort()
    if (led) options.onStoppedLeading(reason)
  }
  const extend = (result: LockAttempt | undefined): boolean => {
    if (result?.kind !== 'held' || clock.now() >= result.sentAt + renewDeadlineMs) return false
    deadlineAt = result.sentAt + renewDeadlineMs
    return true
  }
  const acquire = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const result = await attempt(timeoutMs)
      if (result?.kind === 'held' && extend(result) && !end.signal.aborted) {
        state = 'leader'
        return options.onStartedLeading({ transitions: result.transitions })
      }
      await sleep(clock, jittered(retryPeriodMs, JITTER_FACTOR, random), end.signal)
    }
  }
  const renew = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const cancel = clock.schedule(deadlineAt - clock.now(), () => over('lost'))
      await sleep(clock, retryPeriodMs, end.signal)
      const result = end.signal.aborted ? undefined : await attempt(Math.min(timeoutMs, deadlineAt - clock.now()))
      cancel()
      if (state === 'leader' && result?.kind === 'taken') over('taken')
      else if (!extend(result) && state === 'leader' && clock.now() >= deadlineAt) over('lost')
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
      over('released')
    },
    get leading() {
      return state === 'leader' && clock.now() < deadlineAt
    },
    get leader() {
      return lock.holder
    },
  }
}

type Attempt = (timeoutMs: number) => Promise<LockAttempt | undefined>

/** Undefined = it failed. Never cut short by `stop`: then the lease could become ours without our knowing. */
function attempts(lock: LeaseLock, { onFault, onNewLeader }: LeaderElectionOptions): Attempt {
  let announced = ''
  const announce = (): void => {
    const { holder = '' } = lock
    if (holder === '' || holder === announced) return
    announced = holder
    onNewLeader?.(holder)
  }
  return async (timeoutMs) => {
    try {
      return await lock.attempt({ timeoutMs: Math.max(1, timeoutMs) })
    } catch (error) {
      onFault?.(error)
      return undefined
    } finally {
      announce()
    }
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
