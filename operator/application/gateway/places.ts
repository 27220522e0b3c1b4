export interface PlaceBounds {
  readonly inAll: number
  readonly ofOne: number
}

/** Of something that the gateway does for so many at once in all, and for so many of one account. */
export interface Places {
  /** Which of both bounds keeps this account from another place; undefined = none does. */
  fullFor(account: string): 'one' | 'all' | undefined
  /** Takes a place, whether there is one or not. What it gives gives it back; to be called once. */
  take(account: string): () => void
  /** How many are taken in all, and of one account. */
  readonly taken: number
  takenBy(account: string): number
}

export function places({ inAll, ofOne }: PlaceBounds): Places {
  const byAccount = new Map<string, number>()
  let taken = 0
  const takenBy = (account: string): number => byAccount.get(account) ?? 0
  return {
    fullFor(account) {
      if (takenBy(account) >= ofOne) return 'one'
      return taken >= inAll ? 'all' : undefined
    },
    take(account) {
      taken += 1
      byAccount.set(account, takenBy(account) + 1)
      return () => {
        taken -= 1
        const left = takenBy(account) - 1
        if (left > 0) byAccount.set(account, left)
        else byAccount.delete(account)
      }
    },
    get taken() {
      return taken
    },
    takenBy,
  }
}
