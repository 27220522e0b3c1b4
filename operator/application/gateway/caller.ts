/** Who calls the gateway, as the API server knows them. */
export interface Caller {
  readonly user: string
  readonly groups: readonly string[]
  /** The namespace of the ServiceAccount that it is; absent: it is none. */
  readonly namespace?: string
  /** What calls on its behalf carry. In no log, no answer and no error. */
  readonly token: string
  /** The same as an opaque key for maps. */
  readonly tokenKey: string
  /** When its token ends, in wall time; absent: it doesn't say. */
  readonly expiresAtMs?: number
}

/** What somebody may or may not do. */
export interface Right {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'
  readonly resource: 'virtualstocks' | 'reservations' | 'vmachines'
  readonly namespace: string
  /** Absent: all of the namespace. */
  readonly name?: string
}
