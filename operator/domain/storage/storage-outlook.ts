import { attemptAfter } from '../resource/attempts.ts'
import { isTrue, type ProviderRef } from '../resource/resource.ts'
import type { Situation, StatusFacts } from '../resource/situation.ts'
import type { ProvidedStorage } from './provided-storage.ts'
import type { Storage, StoragePhase, StorageProviderName, StorageStatus } from './storage.ts'
import type { OwnStorageReason, StorageReason } from './storage-reasons.ts'

/** Where a storage stands. */
export type StorageSituation = Situation<ProvidedStorage, OwnStorageReason>

/** What a storage's status says beyond the situation. */
export type StorageFacts = StatusFacts<StorageProviderName>

const detailNames = ['providerRef', 'allocatingSince', 'allocatedAt', 'volume', 'tries', 'nextTryAt'] as const

type Details = Pick<StorageStatus, (typeof detailNames)[number]>

/** What a situation means for a storage, before it is put in the form of a status. */
export interface StorageOutlook {
  readonly phase: StoragePhase
  readonly reason: StorageReason
  readonly message: string
  /** Whether its provider has it. */
  readonly provisioned: boolean
  readonly ready: boolean
  /** What else there is to say; what is absent is not so any more. */
  readonly details: Details
}

/** What to say of a storage in this situation. Pure. */
export function storageOutlookOf(
  { status }: Storage,
  situation: StorageSituation,
  facts: StorageFacts,
): StorageOutlook {
  const kept = keptFrom(status)
  switch (situation.kind) {
    case 'blocked':
      return { ...kept, phase: 'Pending', reason: situation.reason, message: situation.message }
    case 'unsure': {
      const { reason, message } = situation
      return { ...kept, phase: status?.phase ?? 'Pending', reason, message, details: detailsOf(status) }
    }
    case 'reserving':
      return { ...kept, phase: 'Reserving', reason: situation.reason, message: situation.message }
    case 'failed':
      return failed(kept, situation)
    case 'leaving':
      return { ...kept, phase: 'Deleting', reason: 'Deleting', message: situation.message }
    case 'left': {
      const message = isTrue(status, 'CapacityReserved') ? 'gone, its capacity given back' : 'gone'
      return { ...kept, phase: 'Deleting', reason: 'Deleted', message, provisioned: false, details: {} }
    }
    case 'provided':
      return provided(status, situation.provided, facts)
  }
}

type Kept = Pick<StorageOutlook, 'provisioned' | 'ready' | 'details'>

/** What outlasts a situation in which the provider was not asked. */
function keptFrom(status: StorageStatus | undefined): Kept {
  const provisioned = isTrue(status, 'Provisioned')
  const { providerRef, volume, tries } = status ?? {}
  const details = {
    ...(provisioned && providerRef && { providerRef }),
    ...(provisioned && volume !== undefined && { volume }),
    ...(tries !== undefined && { tries }), // or a provider that comes and goes is asked for ever
  }
  return { provisioned, ready: false, details }
}

function detailsOf(status: StorageStatus | undefined): Details {
  if (!status) return {}
  return Object.fromEntries(detailNames.flatMap((name) => (name in status ? [[name, status[name]]] : [])))
}

/** A lost one is not its provider's any more, whatever else is left of it there. */
function failed(
  kept: Kept,
  { reason, message }: { readonly reason: StorageReason; readonly message: string },
): StorageOutlook {
  const rest: Kept = reason === 'StorageLost' ? { provisioned: false, ready: false, details: {} } : kept
  return { ...rest, phase: 'Failed', reason, message }
}

function provided(status: StorageStatus | undefined, now: ProvidedStorage, facts: StorageFacts): StorageOutlook {
  switch (now.kind) {
    case 'refused':
      return refused(status, now.message, facts)
    case 'lost':
      return failed(keptFrom(status), { reason: 'StorageLost', message: now.message })
    case 'allocating': {
      const details = { providerRef: now.ref, allocatingSince: status?.allocatingSince ?? facts.at }
      return {
        ...{ phase: 'Allocating', reason: 'Allocating', message: now.message, provisioned: true, ready: false },
        details,
      }
    }
    case 'allocated':
      return allocated(status, now, facts.at)
  }
}

function refused(status: StorageStatus | undefined, words: string, facts: StorageFacts): StorageOutlook {
  const { tries, nextTryAt, message } = attemptAfter(status?.tries ?? 0, { ...facts, words })
  const details = { tries, ...(nextTryAt !== undefined && { nextTryAt }) }
  const phase = nextTryAt === undefined ? 'Failed' : 'Allocating'
  return { phase, reason: 'ProviderFailed', message, provisioned: false, ready: false, details }
}

function allocated(
  status: StorageStatus | undefined,
  { ref, volume }: { readonly ref: ProviderRef; readonly volume?: string },
  at: string,
): StorageOutlook {
  const reason = volume === undefined ? 'WaitingForFirstConsumer' : 'Allocated'
  const message =
    volume === undefined ? `${ref.name} has its volume with its first user` : `${ref.name} has volume ${volume}`
  const details = {
    ...{ providerRef: ref, allocatedAt: status?.allocatedAt ?? at },
    ...(volume !== undefined && { volume }),
  }
  return { phase: 'Allocated', reason, message, provisioned: true, ready: true, details }
}
