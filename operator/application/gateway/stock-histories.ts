/** A stock as its history knows it, and the newest of its decisions there. */
export interface KnownStock {
  readonly uid: string
  readonly product: string
  readonly sequence: number
  readonly atMs: number
}

/** Balances at a time, after the decision of this sequence. */
export interface HistoryPoint {
  readonly atMs: number
  readonly sequence: number
  readonly quantity: number
  readonly reserved: number
  readonly confirmed: number
  readonly available: number
}

/** From the first to the last, this far apart; in ms. */
export interface HistoryRange {
  readonly fromMs: number
  readonly toMs: number
  readonly stepMs: number
}

/** Histories of stocks, where they are kept. */
export interface StockHistories {
  /** By its uid where that is known, else the last that had this name. Undefined = none is known. Throws where it can't be told. */
  find(stock: {
    readonly namespace: string
    readonly name: string
    readonly uid?: string
  }): Promise<KnownStock | undefined>
  /** Times before its first decision have none. Throws where they can't be told. */
  points(uid: string, range: HistoryRange): Promise<readonly HistoryPoint[]>
}
