import { durationText } from '../duration.ts'
import { filled } from '../template.ts'
import { nameFrom } from './message.ts'
import { reasons } from './reasons.ts'
import type { ReservationSpec } from './reservation.ts'

/** Why the books of its stocks can't do what is asked for, whatever is in them, in a sentence for whoever asks. */
export interface LedgerRefusal {
  readonly reason: 'LedgersDiffer' | 'NoWaitlist'
  readonly message: string
}

type Item = ReservationSpec['items'][number]

/** What is asked for, from which namespace. */
interface Asked {
  readonly namespace: string
  readonly spec: Pick<ReservationSpec, 'items' | 'waitForMs'>
}

/**
 * Undefined = they can. `databaseOf` says which database has the books of a stock; undefined = they are in the cluster.
 */
export function ledgerRefusalOf(
  { namespace, spec: { items, waitForMs } }: Asked,
  databaseOf: (item: Item) => string | undefined,
): LedgerRefusal | undefined {
  const [first] = items
  if (!first) return undefined
  const database = databaseOf(first)
  const other = items.find((item) => databaseOf(item) !== database)
  if (other) {
    const places = [first, other].map((item) => `${nameFrom(namespace, item)} ${placeText(databaseOf(item))}`)
    const ledgers = () => `: ${places.join(', ')}`
    return { reason: 'LedgersDiffer', message: filled(reasons.LedgersDiffer.text, { ledgers }) }
  }
  if (database === undefined || waitForMs === 0) return undefined
  const blanks = { stock: () => nameFrom(namespace, first), waitFor: () => ` of ${durationText(waitForMs)}` }
  return { reason: 'NoWaitlist', message: filled(reasons.NoWaitlist.text, blanks) }
}

function placeText(database: string | undefined): string {
  return database === undefined ? 'in the cluster' : `in database ${database}`
}
