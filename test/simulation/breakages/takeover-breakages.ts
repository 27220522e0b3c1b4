import type { Breakage } from '../world/breakage.ts'

/** Faults in how a leader begins, and in what it believes of the world. */
export const takeoverBreakages: readonly Breakage[] = [
  { name: 'ignoring what others have written, as the watch shows it', ignoresWatch: true },
  { name: 'reading the reservations before the stocks at takeover', readsReservationsFirst: true },
  { name: 'working from an older cache after takeover', keepsOldCache: true },
  {
    name: 'recounting sold units',
    async engine({ actors }) {
      const recounts = [...actors.values()].map((actor) =>
        actor.ask({
          opening: true,
          decide(book) {
            const confirmed = book.sums().confirmed - book.balances.confirmed
            return confirmed === 0 ? [] : [{ verb: 'Recount', quantity: Math.abs(confirmed), moves: { confirmed } }]
          },
        }),
      )
      await Promise.allSettled(recounts)
    },
  },
  {
    name: 'deciding by a wall clock that is known to be wrong',
    world: (world) => ({
      ...world,
      skew: { observe: () => undefined, excessMs: () => 0, serverNow: world.skew.serverNow, sinceJudgedMs: () => 0 },
    }),
  },
  {
    name: 'taking no stock over again with what a namespace has that is taken up',
    namespaceSeen: () => undefined,
  },
]
