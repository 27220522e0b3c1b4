import type { Logger } from '../../application/logger.ts'
import type { SharedClock } from '../../application/shared-clock.ts'

export interface DatabaseChoresParts {
  readonly clock: SharedClock
  readonly logger: Pick<Logger, 'debug' | 'info'>
  /** Of the database, in ms since 1970. Throws where it does not answer. */
  readonly time: () => Promise<number>
  /** Counts rows, and says how many old ones it has taken away. */
  readonly lookAfter: () => Promise<number>
}

const EVERY_MS = 30_000
/** While nobody knows the time: what is judged or dated meanwhile goes by our own clock. */
const SOON_MS = 2_000

/** What a flow does with its database beside its messages: it asks for the time, and looks after its rows. */
export function databaseChores({ clock, logger, time, lookAfter }: DatabaseChoresParts) {
  let over = false
  let cancel = () => {}

  async function once(): Promise<void> {
    try {
      clock.observe(await time())
      if (over) return
      const gone = await lookAfter()
      if (gone > 0) logger.info('old rows are gone', { rows: gone })
    } catch (error) {
      logger.debug('rows can not be looked after now', { error }) // the flow says so, too
    }
  }

  async function again(): Promise<void> {
    await once()
    if (!over) cancel = clock.schedule(clock.whyUnknown() === undefined ? EVERY_MS : SOON_MS, () => void again())
  }

  return {
    start: () => void again(),
    stop() {
      over = true
      cancel()
    },
  }
}
