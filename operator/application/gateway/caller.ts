/** Who calls the gateway, as the API server knows them, or an issuer of the settings. */
export interface Caller {
  readonly user: string
  readonly groups: readonly string[]
  /** The namespace of the ServiceAccount that it is; absent: it is none. */
  readonly namespace?: string
  /** What calls on its behalf carry, unless it is a guest's. In no log, no answer and no error. */
  readonly token: string
  /** The same as an opaque key for maps. */
  readonly tokenKey: string
  /** When its token ends, in wall time; absent: it doesn't say. */
  readonly expiresAtMs?: number
  /**
   * There: the token is for this gateway alone. The API server is never called with it: it is asked what this subject
   * may, and then this gateway does it by its own account.
   */
  readonly guest?: GuestFacts
}

/** What the API server goes by besides the name and the groups of a user. */
export interface GuestFacts {
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** Kinds that the gateway has in memory. */
export type SeenResource = 'virtualstocks' | 'reservations' | 'vmachines' | 'vrequests' | 'orders'

/** What somebody may or may not do. */
export interface Right {
  /** `actfor`: reserve for the consumer of that name; `prioritize`: stand in line before others. */
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'actfor' | 'prioritize'
  /** `logs`: of the service of that name; there are no such objects. */
  readonly resource: SeenResource | 'vstorages' | 'vnetworks' | 'logs'
  readonly namespace: string
  /** Absent: all of the namespace. */
  readonly name?: string
}
