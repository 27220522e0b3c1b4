import { type SharedClock, sharedClock } from '../../application/shared-clock.ts'
import type { FlowParts } from './running-flow.ts'

/**
 * The clock of a flow all of whose members ask one server: by it they say how old a message is and when a retry is due,
 * and so agree with each other. Where their own clock is another, the log says so.
 */
export function flowClock({ clock, logger }: Pick<FlowParts, 'clock' | 'logger'>, server: string): SharedClock {
  const goesBy = `messages are judged by the clock of ${server}`
  return sharedClock({
    ...{ clock, server },
    onApart(aheadMs) {
      if (aheadMs === 0) logger.info(`this clock and that of ${server} agree again`)
      else logger.warn(`this clock and that of ${server} are apart: ${goesBy}; mend NTP on this node`, { aheadMs })
    },
  })
}
