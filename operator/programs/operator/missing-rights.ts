import type { Logger } from '../../application/logger.ts'
import { type Right, rightsText } from '../../infrastructure/kubernetes/access-review.ts'
import { type BackOffRange, restartBackOff } from '../../infrastructure/kubernetes/restart-back-off.ts'
import { type Clock, type Random, sleep } from '../../infrastructure/kubernetes/timers.ts'
import type { NeededRights } from './needed-rights.ts'

export interface MissingRightsParts {
  readonly needed: NeededRights
  /** Those that the API server would refuse. Throws when it doesn't answer. */
  readonly refused: (rights: readonly Right[]) => Promise<readonly Right[]>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Which rights the operator's account lacks, as far as anything has been refused. */
export interface MissingRights {
  /** What is missing that nobody leads without; undefined = nothing. Tells the log of all that is missing. */
  hindrance(): Promise<string | undefined>
  /** A call was refused: looks whether a right is missing, tells, and looks again ever later until none is. */
  suspect(): void
  /** What was missing when it was looked at last; undefined = nothing. */
  readonly toLead: string | undefined
  readonly toServe: string | undefined
  stop(): void
}

const remedy =
  'the chart\'s Roles give them: let somebody who has these rights run helm upgrade again, or see "What the operator may do" in docs/security.md'

const AGAIN: BackOffRange = { firstMs: 2_000, lastMs: 60_000, resetMs: Infinity }
/** A policy's refusals look like missing rights, too; nobody asks more often than that because of them. */
const QUIET_MS = 60_000

export function missingRights({ needed, refused, clock, random, logger }: MissingRightsParts): MissingRights {
  const end = new AbortController()
  let missing: readonly Right[] = []
  let told = ''
  let looking = false

  async function review(): Promise<void> {
    missing = await refused([...needed.toLead, ...needed.toServe])
    const text = rightsText(missing)
    if (text === told) return
    told = text
    if (text === '') logger.info('no right is missing any more')
    else logger.warn(`rights are missing: ${text}; ${remedy}`)
  }

  async function lookUntilNoneIsMissing(): Promise<void> {
    const nextMs = restartBackOff(AGAIN, clock, random)
    do {
      await review().catch((error: unknown) => logger.debug('could not find out which rights are missing', { error }))
      await sleep(clock, missing.length > 0 ? nextMs() : QUIET_MS, end.signal)
    } while (missing.length > 0 && !end.signal.aborted)
    looking = false
  }

  const textOf = (of: readonly Right[]): string | undefined => {
    const lacking = missing.filter((right) => of.includes(right))
    return lacking.length === 0 ? undefined : `rights are missing: ${rightsText(lacking)}; ${remedy}`
  }

  return {
    async hindrance() {
      const lacking = await refused(needed.toLead)
      if (lacking.length === 0) return undefined
      await review()
      return textOf(needed.toLead)
    },
    suspect() {
      if (looking || end.signal.aborted) return
      looking = true
      void lookUntilNoneIsMissing()
    },
    get toLead() {
      return textOf(needed.toLead)
    },
    get toServe() {
      return textOf(needed.toServe)
    },
    stop: () => end.abort(),
  }
}
