/** By which door a call comes in: whoever checks the token decides alone, and no other door is tried after it. */
export type Door =
  /** It opens the API server, which is called with it. */
  | { readonly kind: 'api-server' }
  /** It is for this gateway alone; the API server is asked whose it is. */
  | { readonly kind: 'review'; readonly audience: string }
  /** It is of an issuer of the settings. */
  | { readonly kind: 'issuer'; readonly issuer: string }

/** What a token says of itself, unchecked. */
export interface Claims {
  readonly issuer?: string
  readonly audiences: readonly string[]
}

export interface Doors {
  /** Of tokens that the API server makes for this gateway; absent: there are none. */
  readonly audience?: string
  readonly issuers: readonly {
    readonly issuer: string
    /** Those of the API server, where it takes tokens of this issuer, too. */
    readonly apiServerAudiences: readonly string[]
  }[]
}

const API_SERVER: Door = { kind: 'api-server' }

/** A token that is for others besides this gateway is the API server's to judge, and so is one that says nothing. */
export function doorOf({ issuer, audiences }: Claims, doors: Doors): Door {
  const known = doors.issuers.find((one) => one.issuer === issuer)
  if (known) {
    const isForBoth = audiences.some((audience) => known.apiServerAudiences.includes(audience))
    return isForBoth ? API_SERVER : { kind: 'issuer', issuer: known.issuer }
  }
  const { audience } = doors
  const isForUsAlone = audiences.length > 0 && audiences.every((one) => one === audience)
  return audience !== undefined && isForUsAlone ? { kind: 'review', audience } : API_SERVER
}
