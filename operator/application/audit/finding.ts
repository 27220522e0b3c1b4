/** What is wrong, and which page of docs/runbooks says what to do. */
export interface Finding {
  /** `namespace/name` of the stock, reservation, machine or order. */
  readonly about: string
  readonly message: string
  readonly runbook: Runbook
}

export type Runbook =
  | 'books-do-not-close'
  | 'oversold'
  | 'orphaned-hold'
  | 'expiry-late'
  | 'journal-stuck'
  | 'events-spooled'
  | 'events-missing'
  | 'status-lost'
  | 'machines-and-capacity'
  | 'orders-and-money'
  | 'books-database'
  | 'stock-halted'
  | 'mirror-late'
  | 'rows-expiry-late'
