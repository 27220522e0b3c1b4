import type { Engine } from '../../../operator/application/engine/engine.ts'
import type { Question } from '../../../operator/application/ledger/ask-queue.ts'
import type { StockActor } from '../../../operator/application/ledger/stock-actor.ts'
import { keyOf } from '../../../operator/domain/reservation/reservation.ts'
import { decideExtend, refuse } from '../../../operator/domain/stock/decide.ts'
import { refusalOf } from '../../../operator/domain/stock/may-take.ts'
import type { Breakage } from '../world/breakage.ts'
import { changed, eachActor } from './each-actor.ts'

/** Every wish of a stock, changed on its way in. */
function asking(change: (wish: Question, actor: StockActor) => Question): (engine: Engine) => void {
  return (engine) =>
    eachActor(engine, (actor) => {
      const ask = actor.ask.bind(actor)
      Object.assign(actor, { ask: (wish: Question) => ask(change(wish, actor)) })
    })
}

/** Faults by which a rule of a stock holds on one line only, or is judged anew where nobody has asked. */
export const limitBreakages: readonly Breakage[] = [
  {
    name: 'not judging the limits of a line where its units are taken',
    engine: asking((wish) => {
      if (!wish.takesUnits || !wish.promised) return wish
      return { ...wish, decide: (book, at) => wish.decide(changed(book, { consumerUnits: () => 0 }), at) }
    }),
  },
  {
    name: 'a set standing in every line, however long it is',
    engine(engine) {
      const { claim } = engine.sets
      Object.assign(engine.sets, {
        async claim(set: Parameters<typeof claim>[0]) {
          await claim(set)
          if (set.home.actor.book.claims.get(set.home.request.uid)?.phase !== 'Waiting') return
          for (const { actor, request } of set.followers) actor.book.waiting.add(request)
        },
      })
    },
  },
  {
    name: 'extending a set as long as its home allows',
    engine(engine) {
      const { settle } = engine.sets
      Object.assign(engine.sets, {
        settle: (held: Parameters<typeof settle>[0], decide: Parameters<typeof settle>[1]) =>
          settle(held, (claim, book, at) => {
            const drafts = decide(claim, book, at)
            if (!claim || drafts[0]?.verb !== 'Extend') return drafts
            const { spec } = engine.world.reservations.find(keyOf(claim.namespace, claim.name)) ?? {}
            return decideExtend(claim, book, at, spec?.ttlMs ?? 0)
          }),
      })
    },
  },
  {
    name: 'ending those who wait when terms have changed',
    engine: asking((wish) => ({
      ...wish,
      size: (wish.size ?? 1) + 1,
      decide(book, at) {
        const ended = [...book.waiting].find((request) => {
          const refusal = refusalOf(request, book)
          return refusal !== undefined && refusal !== 'StockTerminating' && book.claims.has(request.uid)
        })
        const refusal = ended && refusalOf(ended, book)
        const drafts = wish.decide(book, at)
        if (!ended || !refusal || drafts.some(({ uid }) => uid === ended.uid)) return drafts
        return [...drafts, refuse(ended, book, refusal, { shortages: [] })]
      },
    })),
  },
]
