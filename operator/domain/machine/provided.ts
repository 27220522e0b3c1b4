import type { ProviderRef } from '../resource/resource.ts'
import type { Endpoint } from './machine.ts'

/** How a machine is, as its provider sees it. */
export type Provided =
  /** On its way up, also again after it had run. `recheckAfterMs` where nothing else would tell when it is up. */
  | {
      readonly kind: 'starting'
      readonly ref: ProviderRef
      readonly message: string
      readonly recheckAfterMs?: number
    }
  /**
   * `startedAt`: time, ISO 8601, since when it can be used. `reported`: every address that its guest says it has, in any
   * spelling; absent = it says nothing of that.
   */
  | {
      readonly kind: 'running'
      readonly ref: ProviderRef
      readonly endpoints: readonly Endpoint[]
      readonly startedAt: string
      readonly reported?: readonly string[]
    }
  /** Off. `wanted`: because `runStrategy` says so; else it went off by itself and is not to be started again. */
  | { readonly kind: 'stopped'; readonly ref: ProviderRef; readonly wanted: boolean; readonly message: string }
  /** The provider has it and can't bring it up now, in its own words; it goes on trying. */
  | { readonly kind: 'troubled'; readonly ref: ProviderRef; readonly message: string }
  /** The provider won't create it, in its own words; each answer counts as one try. */
  | { readonly kind: 'refused'; readonly message: string }
