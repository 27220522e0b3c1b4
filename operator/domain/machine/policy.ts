import { isMore } from '../resource/size.ts'
import type { MachineSpec } from './machine.ts'

/** What machines may be; an absent rule allows everything. */
export interface MachinePolicies {
  readonly maxCpu?: number
  /** As written, `64Gi`. */
  readonly maxMemory?: string
  readonly maxDisk?: string
  /** An image must begin with one of them. */
  readonly imagePrefixes?: readonly string[]
  /** Machines with capacity, or asking for it, of one `owner`; those without an owner are not counted. */
  readonly maxPerOwner?: number
}

/** Which rule a machine breaks, what it asks for and what is allowed; undefined = none. */
export function violationOf(spec: MachineSpec, policies: MachinePolicies): string | undefined {
  const { maxCpu = Infinity, maxMemory, maxDisk, imagePrefixes } = policies
  const { cpu, memory, disk, image } = spec
  if (cpu > maxCpu) return `cpu ${cpu} is more than the ${maxCpu} that a machine may have`
  if (isMore(memory, maxMemory)) return `memory ${memory} is more than the ${maxMemory} that a machine may have`
  if (disk !== undefined && isMore(disk, maxDisk))
    return `disk ${disk} is more than the ${maxDisk} that a machine may have`
  if (!isAllowed(image, imagePrefixes))
    return `image ${image} is not allowed: it must begin with ${imagePrefixes?.join(' or ')}`
  return undefined
}

function isAllowed(image: string | undefined, prefixes: readonly string[] | undefined): boolean {
  return image === undefined || !prefixes || prefixes.some((prefix) => image.startsWith(prefix))
}
