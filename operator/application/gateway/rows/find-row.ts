import type { GatewayWorld } from '../gateway-world.ts'
import type { Reservation } from '../generated/contract.ts'
import { firstKnown } from './first-known.ts'
import { uidOf } from './row-uid.ts'
import { shownRow } from './shown-row.ts'

/** A reservation that is kept in rows; undefined = there is none of that name. Throws a Problem where that can't be told. */
export async function findRow(
  world: Pick<GatewayWorld, 'databases' | 'names'>,
  namespace: string,
  name: string,
): Promise<Reservation | undefined> {
  if (world.databases.all.length === 0) return undefined
  const uid = uidOf(world, namespace, name)
  const { known, away } = await firstKnown(world.databases.all, async (database) => {
    const found = await database.find(uid)
    return found && shownRow(found.standing, database.name)
  })
  if (known) return known
  if (away !== undefined) throw away
  return undefined
}
