import { pause, tickOf } from '../../../operator/application/clock.ts'
import type { Engine } from '../../../operator/application/engine/engine.ts'
import type { Question } from '../../../operator/application/ledger/ask-queue.ts'
import type { Untold } from '../../../operator/application/ledger/journal.ts'
import { Undecided } from '../../../operator/application/ledger/undecided.ts'
import type { Breakage } from '../world/breakage.ts'
import { eachActor } from './each-actor.ts'

const STEP_MS = 500
const allTold: Untold = { all: [], here: [], promised: 0 }

async function allOpened({ actors, world }: Engine): Promise<void> {
  const isOpening = () => [...actors.values()].some(({ mode }) => mode === 'counting' || mode === 'halted')
  while (isOpening()) await pause(world.clock, STEP_MS)
}

/** Faults by which whatever is sick, or not ready yet, stops the others. */
export const bulkheadBreakages: readonly Breakage[] = [
  {
    name: 'reading all stocks or none',
    world: (world) => ({
      ...world,
      ledger: {
        ...world.ledger,
        async list() {
          const stocks = await world.ledger.list()
          const poison = stocks.find(({ unreadable }) => unreadable !== undefined)
          if (poison) throw new Error(poison.unreadable)
          return stocks
        },
      },
    }),
  },
  {
    name: 'ending with the first stock that halts',
    world: (world) => ({
      ...world,
      observer: { ...world.observer, halted: (_, error) => world.fatal(error) },
    }),
  },
  {
    name: 'a takeover that waits for every stock',
    engine: allOpened,
  },
  {
    name: 'workers that wait for decisions',
    workers: 64,
    engine: (engine) =>
      eachActor(engine, (actor) => {
        const ask = actor.ask.bind(actor)
        const { clock } = engine.world
        Object.assign(actor, {
          mustDecide: () => undefined,
          async ask(wish: Question) {
            for (;;) {
              try {
                return await ask(wish)
              } catch (error) {
                if (!(error instanceof Undecided)) throw error
                await pause(clock, STEP_MS)
              }
            }
          },
        })
      }),
  },
  {
    name: 'serving a line before the books are counted',
    engine: (engine) =>
      eachActor(engine, (actor) => {
        const ask = actor.ask.bind(actor)
        Object.assign(actor, {
          async ask(wish: Question) {
            if (wish.opening) {
              actor.counted()
              await pause(engine.world.clock, STEP_MS)
            }
            return ask(wish)
          },
        })
      }),
  },
  {
    name: 'taking changed terms over where the journal has no room',
    engine: (engine) => eachActor(engine, ({ journal }) => void Object.assign(journal, { hasSlack: () => true })),
  },
  {
    name: 'due times on the wall clock',
    world: (world) => ({ ...world, clock: { ...world.clock, tick: () => tickOf(world.clock.now()) } }),
  },
  {
    name: 'telling nobody why a decision takes long',
    world: (world) => ({
      ...world,
      reservations: {
        ...world.reservations,
        report: (base, status) =>
          status.phase === 'Pending'
            ? Promise.resolve({ kind: 'reported', reservation: base })
            : world.reservations.report(base, status),
      },
    }),
  },
  {
    name: 'a journal that one namespace may have all of',
    engine: (engine) => eachActor(engine, ({ journal }) => void Object.assign(journal, { untoldOf: () => allTold })),
  },
]
