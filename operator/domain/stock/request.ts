import type { Ticket } from './waiting-list.ts'

/** What a reservation asks of one stock. */
export interface Request extends Ticket {
  readonly namespace: string
  readonly name: string
  readonly consumer?: string
  /** How long a hold lasts from its entry on; absent = as long as the stock's terms say when it is decided. */
  readonly ttlMs?: number
  readonly waitForMs: number
  /** Sold or lent at once when it is held. */
  readonly confirm: boolean
  /** It has other lines: it is granted by whoever sees all its stocks, never by one of them. */
  readonly set: boolean
  /** Of a set: it waits already, in whichever of its stocks' lines. */
  readonly waits?: boolean
}
