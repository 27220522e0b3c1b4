import type { ProviderName } from '../machine/provider-name.ts'
import { addressText, readAddress } from './address.ts'
import { type Cidr, isIn, readCidr } from './cidr.ts'

/** The address that one machine has on a network. */
export interface Allocation {
  /** The uid of the machine. */
  readonly uid: string
  readonly namespace: string
  readonly name: string
  /** In its canonical spelling. */
  readonly address: string
  /** What runs it; absent = not written down. */
  readonly provider?: ProviderName
}

/** A machine that wants an address. */
export interface AddressWish extends Omit<Allocation, 'address'> {
  /** The one that it was made with, by its own status; absent = it was not made yet. */
  readonly address?: string | undefined
}

/** How many addresses a network has for machines, and how many of them have one. */
export interface AddressCount {
  readonly total: number
  readonly used: number
}

/** Most machines of one network: so many are one object of less than half a megabyte. */
const MOST_ALLOCATIONS = 1_024

/** The first address stands for the network, the next one is usually a router's. */
const LEFT_OUT_AT_FIRST = 2n
/** The last address means everybody. */
const LEFT_OUT_AT_LAST = 1n

export type Allotted =
  /** `allocations`: what the network has to say from now on; undefined = nothing else than it says. */
  | { readonly kind: 'given'; readonly address: string; readonly allocations: readonly Allocation[] | undefined }
  /** Every address is somebody's. */
  | { readonly kind: 'exhausted' }
  /** The one that it was made with is also another's. */
  | { readonly kind: 'taken'; readonly address: string; readonly by: Allocation }
  /** The one that it was made with, by its own status, is not the one that the network has for it. */
  | { readonly kind: 'differs'; readonly address: string; readonly listed: string }
  /** It was made, and neither says with which. */
  | { readonly kind: 'unknown' }

/** How many addresses of a range machines have, and how many there are for them; nothing where it can't be read. */
export function addressCount(cidr: string, allocations: readonly Allocation[]): AddressCount {
  return { total: totalOf(readCidr(cidr)), used: allocations.length }
}

/**
 * Which address a machine has of a range: its own as long as it has one, else the lowest that nobody has. One that was made
 * never gets another than it was made with, and where that is in doubt nothing of it is free. `known`: what other machines
 * were made with by their own statuses, which counts also where the network has forgotten them.
 */
export function allotted(
  cidr: string,
  allocations: readonly Allocation[],
  wish: AddressWish,
  known: readonly Allocation[],
): Allotted {
  const range = readCidr(cidr)
  const isOwn = ({ uid }: Allocation) => uid === wish.uid
  const others = allocations.filter((one) => !isOwn(one))
  const all = [...known.filter((one) => !isOwn(one)), ...others]
  const owners = new Map(all.map((one) => [canonical(one.address), one]))
  const listed = allocations.filter((one) => isOwn(one) && isForMachines(range, one.address))
  const told = wish.address !== undefined && isForMachines(range, wish.address) ? wish.address : undefined
  const mine = told ?? listed[0]?.address
  if (mine !== undefined) {
    const doubt = doubtOf(mine, listed, owners)
    return doubt ?? given(mine, isOnlyEntry(allocations, wish, mine) ? undefined : others, wish)
  }
  if (wish.address !== undefined) return { kind: 'unknown' }
  const machines = new Set(all.map(({ uid }) => uid)).size
  const free = machines < totalOf(range) ? lowestFree(range, owners) : undefined
  return free === undefined ? { kind: 'exhausted' } : given(free, others, wish)
}

/** Whether two say something else of the address of one that has it. */
function doubtOf(
  address: string,
  listed: readonly Allocation[],
  owners: ReadonlyMap<string, Allocation>,
): Allotted | undefined {
  const by = owners.get(address)
  if (by) return { kind: 'taken', address, by }
  const [first] = listed
  if (!first || listed.some((one) => one.address === address)) return undefined
  return { kind: 'differs', address, listed: first.address }
}

/** Whether nothing is to be put right: settings may have changed before its provider was told. */
function isOnlyEntry(allocations: readonly Allocation[], { uid, provider }: AddressWish, address: string): boolean {
  const [own, ...more] = allocations.filter((one) => one.uid === uid)
  return more.length === 0 && own?.address === address && (provider === undefined || own.provider === provider)
}

/** A full list names no more of them: their own statuses do. */
function given(address: string, others: readonly Allocation[] | undefined, wish: AddressWish): Allotted {
  const { uid, namespace, name, provider } = wish
  const own = { uid, namespace, name, address, ...(provider && { provider }) }
  const isFull = others !== undefined && others.length >= MOST_ALLOCATIONS
  const allocations = isFull ? undefined : others && [...others, own]
  return { kind: 'given', address, allocations }
}

/** A status may have been edited: another spelling is the same address. What is none stands for itself. */
function canonical(text: string): string {
  const address = readAddress(text)
  return address ? addressText(address) : text
}

function totalOf(range: Cidr | undefined): number {
  if (!range) return 0
  const free = lastOf(range) - firstOf(range) + 1n
  return free > MOST_ALLOCATIONS ? MOST_ALLOCATIONS : Number(free)
}

const firstOf = ({ first }: Cidr) => first + LEFT_OUT_AT_FIRST
const lastOf = ({ last }: Cidr) => last - LEFT_OUT_AT_LAST

/** Looks at no more of them than somebody may have. */
function lowestFree(range: Cidr | undefined, owners: ReadonlyMap<string, Allocation>): string | undefined {
  if (!range) return undefined
  for (let value = firstOf(range); value <= lastOf(range); value += 1n) {
    const address = addressText({ family: range.family, value })
    if (!owners.has(address)) return address
  }
  return undefined
}

function isForMachines(range: Cidr | undefined, text: string): boolean {
  const address = readAddress(text)
  if (!range || !address || !isIn(address, range)) return false
  return firstOf(range) <= address.value && address.value <= lastOf(range) && addressText(address) === text
}
