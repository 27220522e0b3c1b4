import type { StockActor } from './stock-actor.ts'

export interface Want {
  readonly actor: StockActor
  readonly places: number
}

export interface Places {
  /** Resolves when every journal has promised its places, all at one moment; until then it holds none of them. */
  take(wants: readonly Want[], takesUnits: boolean): Promise<void>
  /** A journal has got shorter or a place was given back. */
  retry(): void
}

interface Waiting {
  readonly wants: readonly Want[]
  readonly takesUnits: boolean
  readonly taken: () => void
}

/**
 * Places in several journals, all or none. Asking one journal after the other, or looking without taking, deadlocks:
 * two sets pass the same look, then each fills the journal that the other still needs.
 */
export function places(): Places {
  let line: Waiting[] = []

  function tryTake({ wants, takesUnits }: Omit<Waiting, 'taken'>): boolean {
    const roomy = wants.every(({ actor, places }) => {
      const { journal, stopped } = actor
      return stopped || journal.room(journal.entries.length, takesUnits) >= places // whoever asks a stopped one is told
    })
    if (roomy) for (const { actor, places } of wants) actor.journal.promise(places)
    return roomy
  }

  return {
    take(wants, takesUnits) {
      if (tryTake({ wants, takesUnits })) return Promise.resolve()
      return new Promise((taken) => line.push({ wants, takesUnits, taken }))
    },
    retry() {
      line = line.filter((waiting) => {
        const done = tryTake(waiting)
        if (done) waiting.taken()
        return !done
      })
    },
  }
}
