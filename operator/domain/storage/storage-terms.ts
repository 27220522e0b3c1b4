import type { Want } from '../resource/pool.ts'
import { isMore, wholeGiB } from '../resource/size.ts'
import type { StorageSpec } from './storage.ts'

/** What storages may be; an absent rule allows everything. */
export interface StoragePolicies {
  /** As written, `1Ti`. */
  readonly maxSize?: string
  readonly maxIops?: number
  /** Storages with capacity, or asking for it, of one `owner`; those without an owner are not counted. */
  readonly maxPerOwner?: number
}

type Asked = Pick<StorageSpec, 'size' | 'iops'>

/** What a storage takes of its pool. Iops are counted where it asks for some; only its class can enforce them. */
export function storageWants({ size, iops }: Asked): Want[] {
  return [
    { resource: 'disk', unit: 'GiB', quantity: wholeGiB(size) },
    ...(iops === undefined ? [] : [{ resource: 'iops', unit: 'IOPS', quantity: iops }]),
  ]
}

/** The same in words. */
export function storageAsks({ size, iops }: Asked): string {
  return iops === undefined ? `${size} disk` : `${size} disk and ${iops} IOPS`
}

/** Which rule a storage breaks, what it asks for and what is allowed; undefined = none. */
export function storageViolation({ size, iops = 0 }: Asked, policies: StoragePolicies): string | undefined {
  const { maxSize, maxIops = Infinity } = policies
  if (isMore(size, maxSize)) return `size ${size} is more than the ${maxSize} that a storage may have`
  if (iops > maxIops) return `iops ${iops} are more than the ${maxIops} that a storage may have`
  return undefined
}
