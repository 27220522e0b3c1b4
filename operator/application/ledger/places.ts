import { roomOfShare, untoldIn } from './shares.ts'
import type { StockActor } from './stock-actor.ts'
import { Undecided } from './undecided.ts'

export interface Want {
  readonly actor: StockActor
  readonly places: number
}

export interface PlacesKind {
  readonly takesUnits: boolean
  /** Where what takes them will be told; '' = nowhere. */
  readonly namespace: string
}

/** Places that somebody has in several journals. */
export interface Taken {
  /** One of them goes over to an ask. */
  use(actor: StockActor): void
  /** Those that are left are free again; harmless to repeat. */
  giveBack(): void
}

/** Sets under way never have more of a journal than this together: the rest is for reservations of that stock alone. */
const MOST_PROMISED = 96

/**
 * Places in several journals, all or none, at one moment. Asking one journal after the other, or looking without taking,
 * deadlocks: two sets pass the same look, then each fills the journal that the other still needs. Nobody waits here:
 * throws Undecided, at the stock that has no place, or that can't decide such a thing.
 */
export function takePlaces(wants: readonly Want[], kind: PlacesKind): Taken {
  const { namespace } = kind
  for (const want of wants) mustHaveRoom(want, kind)
  const owed = new Map(wants.map(({ actor, places }) => [actor, places]))
  for (const { actor, places } of wants) actor.journal.promise(places, namespace)
  return {
    use: (actor) => owed.set(actor, (owed.get(actor) ?? 0) - 1),
    giveBack() {
      const left = [...owed]
      owed.clear()
      for (const [actor, places] of left) actor.journal.giveBack(places, namespace)
      for (const [actor] of left) actor.review() // who found no place comes back, though nothing is written
    },
  }
}

function mustHaveRoom({ actor, places }: Want, { takesUnits, namespace }: PlacesKind): void {
  const { journal, stock, stopped } = actor
  if (stopped) return // whoever asks it is told
  const crowded = takesUnits && journal.promised + places > MOST_PROMISED
  const room = roomOfShare(journal, journal.entries.length, untoldIn(actor, namespace), takesUnits)
  if (!crowded && room >= places) return
  const message = `has no room for more until some of its ${journal.entries.length} unfinished entries are told and sent`
  throw new Undecided(stock, actor.place(), { reason: 'Busy', message }, takesUnits)
}
