/** Where somebody else's API is, and how it is to be asked. */
export interface RemoteApiOptions {
  readonly name: string
  /** With the prefix of its paths where it has one. */
  readonly url: string
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  /** From the first byte to the last one, both ways. */
  readonly timeoutMs: number
  /** Calls at once, of this process. */
  readonly concurrency: number
  /** Calls that wait for one of these places to be free; whoever comes beyond is not sent. Absent: any number. */
  readonly maxWaiting?: number
  /** Bytes of an answer; whatever is longer is not waited for, and its connection closed. Absent: 64 KiB. */
  readonly longestAnswer?: number
  readonly breaker: BreakerOptions
}

export interface BreakerOptions {
  /** So many calls in a row that fail open it. */
  readonly failures: number
  /** For so long nothing is asked; then one call tries it. */
  readonly openMs: number
}

/** What a call shows for itself. Throws where it can't be had. */
export interface Credentials {
  /** For the header `authorization`; undefined: none is asked for. */
  authorization(): Promise<string | undefined>
  /** They were refused: the next ones are got anew. */
  refused(): void
}
