import type { SpoolRef } from '../../../operator/application/event/event-spools.ts'
import type { Reservation } from '../../../operator/domain/reservation/reservation.ts'
import { ANY_VERSION } from '../world/api-server.ts'
import type { Breakage } from '../world/breakage.ts'
import { eachActor } from './each-actor.ts'

/** Faults in how entries are told, sent and forgotten. */
export const finishBreakages: readonly Breakage[] = [
  {
    name: 'dropping an entry before its event is acknowledged',
    world: (world) => ({
      ...world,
      publisher: {
        ...world.publisher,
        publish(batches) {
          void world.publisher.publish(batches)
          return Promise.resolve(batches.map(() => ({ kind: 'acknowledged' as const })))
        },
      },
    }),
  },
  {
    name: 'reports that go backwards',
    world: (world) => ({
      ...world,
      reservations: {
        ...world.reservations,
        report: (base, status) => world.reservations.report({ ...base, resourceVersion: ANY_VERSION }, status),
      },
    }),
  },
  {
    name: 'a spool that is written after its entries are dropped',
    world: (world, { server }) => ({
      ...world,
      spools: {
        ...world.spools,
        create(stockUid, events) {
          void world.spools.create(stockUid, events).catch(() => undefined)
          const firstSequence = events[0]?.sequence ?? 0
          const lastSequence = events.at(-1)?.sequence ?? 0
          return Promise.resolve({
            name: `${stockUid}-${firstSequence}`,
            uid: '',
            stockUid,
            firstSequence,
            lastSequence,
            count: events.length,
            bytes: 0,
          })
        },
        remove: (ref: SpoolRef) => world.spools.remove({ ...ref, uid: server.spools.get(ref.name)?.uid ?? ref.uid }),
      },
    }),
  },
  {
    name: 'taking an object for the one that had its name before',
    sees() {
      const first = new Map<string, string>()
      return (reservation: Reservation) => {
        const uid = first.get(reservation.name) ?? reservation.uid
        first.set(reservation.name, uid)
        return { ...reservation, uid }
      }
    },
    world: (world, { server }) => ({
      ...world,
      reservations: {
        ...world.reservations,
        report(base, status) {
          const present = server.reservations.get(`${base.namespace}/${base.name}`)
          return world.reservations.report({ ...base, uid: present?.uid ?? base.uid }, status)
        },
      },
    }),
  },
  {
    name: 'letting the end of a stock leave its journal before the object goes',
    engine: (engine) =>
      eachActor(engine, ({ journal }) => {
        const droppable = journal.droppable.bind(journal)
        const toldEnds = () => journal.entries.filter(({ entry, delivered }) => entry.note === 'deleted' && delivered)
        Object.assign(journal, { droppable: () => new Set([...droppable(), ...toldEnds()]) })
      }),
  },
]
