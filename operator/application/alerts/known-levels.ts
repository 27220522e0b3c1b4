import { alertOf, type LevelAlert } from '../../domain/alerts/level-alert.ts'
import type { StockLevel } from '../../domain/alerts/stock-level.ts'

/** The last level of each stock that is heard of in one partition. */
export interface KnownLevels {
  /** Whether this is older than what is known, or the same. */
  isOld(level: Pick<StockLevel, 'uid' | 'sequence'>): boolean
  alertOf(uid: string): LevelAlert | undefined
  /** Older ones change nothing. */
  learn(level: StockLevel): void
  open(): readonly LevelAlert[]
  readonly openCount: number
}

interface Known {
  readonly sequence: number
  readonly alert?: LevelAlert
}

/** Stocks without an alert of which the last sequence is remembered: older events of them may come again for a while. */
const MOST_CLOSED = 50_000

export function knownLevels(): KnownLevels {
  const open = new Map<string, Known>()
  const closed = new Map<string, Known>()
  const find = (uid: string) => open.get(uid) ?? closed.get(uid)
  const isOld: KnownLevels['isOld'] = ({ uid, sequence }) => sequence <= (find(uid)?.sequence ?? -1)

  function close(uid: string, known: Known): void {
    closed.delete(uid)
    closed.set(uid, known)
    const [oldest] = closed.keys()
    if (closed.size > MOST_CLOSED && oldest !== undefined) closed.delete(oldest)
  }

  return {
    isOld,
    alertOf: (uid) => open.get(uid)?.alert,
    learn(level) {
      if (isOld(level)) return
      const { uid, sequence } = level
      const alert = alertOf(level)
      open.delete(uid)
      closed.delete(uid)
      if (alert) open.set(uid, { sequence, alert })
      else close(uid, { sequence })
    },
    open: () => [...open.values()].flatMap(({ alert }) => (alert ? [alert] : [])),
    get openCount() {
      return open.size
    },
  }
}
