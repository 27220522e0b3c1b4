import type { ProviderRef } from '../resource/resource.ts'

/** How a storage is, as its provider sees it. */
export type ProvidedStorage =
  /** Asked for and not there yet. `recheckAfterMs` where nothing else would tell when it is. */
  | {
      readonly kind: 'allocating'
      readonly ref: ProviderRef
      readonly message: string
      readonly recheckAfterMs?: number
    }
  /** It can be used. Without a `volume` it waits for its first user, for whom one is made. */
  | { readonly kind: 'allocated'; readonly ref: ProviderRef; readonly volume?: string; readonly recheckAfterMs?: never }
  /** The provider won't make it, in its own words; each answer counts as one try. */
  | { readonly kind: 'refused'; readonly message: string; readonly recheckAfterMs?: never }
  /** It had it, and it is gone with all that was on it. It is never made again: an empty one would look like the old one. */
  | { readonly kind: 'lost'; readonly message: string; readonly recheckAfterMs?: never }
