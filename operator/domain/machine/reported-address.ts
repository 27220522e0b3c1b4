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
  const reported = now?.kind === 'running' ? (now.reported ?? []).map(canonical) : []
  if (reported.length === 0 || reported.includes(canonical(place.address))) return {}
  return { AddressNotManaged: { is: true, reason: 'GuestReportsOthers', message: wordsOf(place, reported) } }
}

/** With the length of its prefix, or a zone, it is the same address. What is none stands for itself. */
function canonical(text: string): string {
  const [bare = ''] = text.split(/[/%]/)
  const address = readAddress(bare)
  return address ? addressText(address) : bare
}

function wordsOf({ namespace, name, address }: NetworkPlace, reported: readonly string[]): string {
  const more = reported.length > MOST_NAMED ? ` and ${reported.length - MOST_NAMED} more` : ''
  const named = `${reported.slice(0, MOST_NAMED).join(', ')}${more}`
  return (
    `its address on network ${namespace}/${name} is ${address}, and its guest reports ${named}: set ${address} in the guest, ` +
    'or delete this machine and apply it again with an image that has cloud-init; what the guest has instead may be given to another'
  )
}
