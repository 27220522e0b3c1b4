import { addressText, readAddress } from '../network/address.ts'
import type { Truth } from '../resource/conditions.ts'
import { isTrue } from '../resource/resource.ts'
import type { Machine, NetworkPlace } from './machine.ts'
import type { Situation } from './situation.ts'

const MOST_NAMED = 5

/**
 * The condition of a machine whose guest reports addresses, and the one that it was given is none of them. Others don't have
 * it: those of which nothing is reported, as of a guest without an agent, and those that don't run. While nobody can say how
 * it is, it stays as it was.
 */
export function addressTruth(
  { status }: Pick<Machine, 'status'>,
  situation: Situation,
  place: NetworkPlace | undefined,
): { readonly AddressNotManaged?: Truth } {
  if (!place) return {}
  if (situation.kind === 'unsure') {
    const before = status?.conditions.find(({ type }) => type === 'AddressNotManaged')
    return before && isTrue(status, 'Running') ? { AddressNotManaged: { ...before, is: true } } : {}
  }
  const now = situation.kind === 'provided' ? situation.provided : undefined
  const reported = now?.kind === 'running' ? addressesIn(now.reported ?? []) : []
  if (reported.length === 0 || addressesIn([place.address]).some((own) => reported.includes(own))) return {}
  return { AddressNotManaged: { is: true, reason: 'GuestReportsOthers', message: wordsOf(place, reported) } }
}

/**
 * In one order, each once, as a guest may report them in any. With the length of its prefix, or a zone, it is the same
 * address; what is none was made up by somebody in the guest.
 */
function addressesIn(reported: readonly string[]): string[] {
  const addresses = reported.flatMap((text) => readAddress(text.split(/[/%]/, 1)[0] ?? '') ?? [])
  return [...new Set(addresses.map(addressText))].sort()
}

function wordsOf({ namespace, name, address }: NetworkPlace, reported: readonly string[]): string {
  const more = reported.length > MOST_NAMED ? ` and ${reported.length - MOST_NAMED} more` : ''
  const named = `${reported.slice(0, MOST_NAMED).join(', ')}${more}`
  return (
    `its address on network ${namespace}/${name} is ${address}, and its guest reports ${named}: set ${address} in the guest, ` +
    'or delete this machine and apply it again with an image that has cloud-init; what the guest has instead may be given to another'
  )
}
