import type { Breakage } from '../world/breakage.ts'
import { bulkheadBreakages } from './bulkhead-breakages.ts'
import { finishBreakages } from './finish-breakages.ts'
import { isolationBreakages } from './isolation-breakages.ts'
import { ledgerBreakages } from './ledger-breakages.ts'
import { limitBreakages } from './limit-breakages.ts'
import { lineBreakages } from './line-breakages.ts'
import { setBreakages } from './set-breakages.ts'
import { takeoverBreakages } from './takeover-breakages.ts'

/** Every rule of the protocol, broken one at a time. */
export const breakages: readonly Breakage[] = [
  ...ledgerBreakages,
  ...setBreakages,
  ...takeoverBreakages,
  ...finishBreakages,
  ...isolationBreakages,
  ...bulkheadBreakages,
  ...limitBreakages,
  ...lineBreakages,
]
