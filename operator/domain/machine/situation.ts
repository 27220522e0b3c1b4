import type * as resource from '../resource/situation.ts'
import type { ProviderName } from './machine.ts'
import type { OwnMachineReason } from './machine-reasons.ts'
import type { Provided } from './provided.ts'

/** Where a machine stands. */
export type Situation = resource.Situation<Provided, OwnMachineReason>

/** What a machine's status says beyond the situation. */
export type StatusFacts = resource.StatusFacts<ProviderName>
