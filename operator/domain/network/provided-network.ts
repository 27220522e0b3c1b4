import type { ProviderRef } from '../resource/resource.ts'

/** How a network is, as its provider sees it. */
export type ProvidedNetwork =
  /** It can be used. */
  | { readonly kind: 'active'; readonly ref: ProviderRef; readonly recheckAfterMs?: never }
  /** It is there, and is not as it must be, in the provider's words. */
  | { readonly kind: 'troubled'; readonly ref: ProviderRef; readonly message: string; readonly recheckAfterMs?: never }
  /** The provider won't make it, in its own words; each answer counts as one try of what never was there. */
  | { readonly kind: 'refused'; readonly message: string; readonly recheckAfterMs?: never }
