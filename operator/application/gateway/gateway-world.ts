import type { Caller, Right } from './caller.ts'
import type { Objects, Requests, Reservations, SeenMachine, Stocks } from './objects.ts'
import type { PaidOrders } from './orders/paid-orders.ts'
import type { RequestSending } from './requests/request-topic.ts'
import type { RowDatabases } from './rows/row-databases.ts'

export interface Waiting {
  /** How long it waits at most. */
  readonly ms: number
  readonly over: AbortSignal
  /** On whose account it goes. */
  readonly caller: string
  /** Told at its end how long it was, in ms, and whether it was for something; not told where nobody waits at all. */
  readonly waited?: ((ms: number, came: boolean) => void) | undefined
}

/** Everything that the gateway's use cases know of the world. */
export interface GatewayWorld {
  readonly stocks: Stocks
  readonly reservations: Reservations
  readonly machines: Objects<SeenMachine>
  readonly requests: Requests
  /** Absent: the settings name nobody to pay, so that there are none. */
  readonly orders?: PaidOrders
  /** Absent: requests are stored here, and not sent to a topic. */
  readonly sending?: RequestSending
  readonly access: {
    /** Throws a Problem where the API server says no, or doesn't say. */
    may(caller: Caller, right: Right): Promise<void>
  }
  readonly waits: {
    /** Whether `test` came true; it is asked again whenever the object of that key changes. */
    until(key: string, test: () => boolean, waiting: Waiting): Promise<boolean>
  }
  readonly names: {
    /** A hash that nobody can find another text for, in letters and digits that names may have. */
    digest(text: string): string
    /** The same in hexadecimal digits. */
    hex(text: string): string
    random(): string
  }
  /** RFC 9562, version 5: the same for the same text, and nobody else's. */
  readonly uuidOf: (text: string) => string
  /** Those in which stocks may have their books. */
  readonly databases: RowDatabases
  /** Why nothing would be decided; undefined = somebody leads, as far as is known. Waits while one operator hands over to another. */
  readonly untilLed: (over: AbortSignal) => Promise<string | undefined>
  /** Whether this gateway watches a namespace; of another it would never see an answer. */
  readonly serves: (namespace: string) => boolean
  /** Why what is in memory of a namespace can't be told; undefined = it is fresh. */
  readonly blind: (namespace: string) => string | undefined
  /** For callers that name none and have none of their own. */
  readonly defaultNamespace?: string
}
