import type { Logger } from '../../application/logger.ts'
import type { Departure } from '../../infrastructure/kubernetes/departure.ts'

export interface FarewellParts {
  readonly departure: Pick<Departure, 'reason'>
  /** Resolves once nobody else leads, who would put the finalizers back. */
  readonly untilNobodyLeads: () => Promise<unknown>
  /** Says what it did. */
  readonly releaseAll: () => Promise<string>
  readonly logger: Logger
}

/**
 * For whoever ends: when nobody comes after us, our finalizers come off, or objects and namespaces would wait for an operator
 * that is gone. Asks for the reason at once; `say` is for when this process leads no more. Never throws.
 */
export function farewell({ departure, untilNobodyLeads, releaseAll, logger }: FarewellParts): { say(): Promise<void> } {
  const reason = departure.reason()
  return {
    async say() {
      const why = await reason
      if (why === undefined) return
      logger.info(`takes its finalizers off: ${why}`)
      try {
        await untilNobodyLeads()
        logger.info(await releaseAll())
      } catch (error) {
        logger.error('not all finalizers could be taken off; "Without the Job" in docs/install.md says how', { error })
      }
    },
  }
}
