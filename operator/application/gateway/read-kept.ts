import type { Logger } from '../logger.ts'
import { Problem } from './answer.ts'

const AWAY_SECONDS = 5

/** What a database beside the books says; a Problem where it says nothing. Its own words may name addresses: they are for the log. */
export async function readKept<T>(work: Promise<T>, what: string, logger: Pick<Logger, 'debug'>): Promise<T> {
  try {
    return await work
  } catch (error) {
    logger.debug(`the database of ${what} could not be read`, { error })
    const detail = `the database of ${what} does not answer, or has no tables that this gateway knows`
    throw new Problem('DatabaseAway', { detail, retryAfterSeconds: AWAY_SECONDS })
  }
}
