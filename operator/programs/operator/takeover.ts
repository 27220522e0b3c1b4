import { backOff, type Clock, pause } from '../../application/clock.ts'
import type { Engine } from '../../application/engine/engine.ts'
import { lead, namespaceSeen } from '../../application/engine/lead.ts'
import type { OtherInstalls } from '../../application/engine/other-installs.ts'
import type { World } from '../../application/engine/world.ts'
import type { StoredStock } from '../../application/ledger/stock-ledger.ts'
import type { Logger } from '../../application/logger.ts'
import { hitchOf, patience } from '../../application/patience.ts'
import type { ObjectList } from '../../infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { reservationFromResource } from '../../infrastructure/kubernetes/resources/reservations.ts'
import type { ServedNamespaces } from '../../infrastructure/kubernetes/served-namespaces.ts'
import { listWatched, type WatchedCache } from '../../infrastructure/kubernetes/watched-cache.ts'
import type { Api } from './api.ts'
import { listIfPossible } from './list-if-possible.ts'
import type { MachineWork } from './machines.ts'
import type { NetworkWork } from './networks.ts'
import type { StorageWork } from './storages.ts'

export interface TakeoverParts {
  readonly api: Pick<Api, 'clients' | 'namespaces' | 'standby'>
  readonly served: ServedNamespaces
  readonly others: OtherInstalls
  /** Who else serves some of the stocks, while this one leads nothing for that; undefined = nobody any more. */
  readonly onServedByOthers: (who: string | undefined) => void
  readonly caches: {
    readonly stocks: WatchedCache<VirtualStock>
    readonly reservations: WatchedCache<Reservation>
    readonly machines: Pick<MachineWork, 'follow'>
    readonly storages: Pick<StorageWork, 'follow'>
    readonly networks: Pick<NetworkWork, 'follow'>
  }
  readonly world: World
  readonly clock: Clock
  readonly logger: Logger
  readonly onServerDate: (date: number | undefined) => void
  readonly ended: () => boolean
}

/** How a leader comes to what it leads. */
export interface Takeover {
  /** Takes over all that can be listed; `transitions`: how often the lease has changed hands. Throws only when asked to end. */
  all(transitions: number): Promise<Engine>
  /** Takes up a namespace that could not be listed then. Throws when it still can't be. */
  one(lead: Engine, namespace: string): Promise<void>
}

const LOOK_AGAIN_MS = 10_000
/** Whoever is asked to end does not wait longer for that. */
const STEP_MS = 500
const WAY_OUT =
  'This one leads nothing as long as that goes on: have each serve namespaces of its own (watchNamespaces), remove one, or name one that is gone for good in leaderElection.takeOverFrom'

type Known = WatchedCache<Reservation>['get'] | undefined
type Lists = Map<string | undefined, ObjectList<Reservation>>

export function takeover(parts: TakeoverParts): Takeover {
  const { api, served, caches, world, clock, logger, ended } = parts
  const { clients } = api

  /** A takeover that can't read waits until it can: its lease is renewed meanwhile, or lost, which ends it. */
  async function insist<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const voices = { clock, onRetry: world.observer.retried, onTrouble: world.observer.trouble }
    const tries = patience(voices, { operation: `list ${what}`, fields: {} })
    const wait = backOff(clock, 200)
    while (!ended()) {
      try {
        const answer = await attempt()
        if (!ended()) return answer
      } catch (error) {
        tries.failed(hitchOf(error))
        await wait()
      }
    }
    throw new Error(`asked to end before ${what} were listed`)
  }

  /** All stocks, once no other install decides for any of them. */
  async function stocksOfNobodyElse(): Promise<Map<string | undefined, readonly StoredStock[]>> {
    const voices = { clock, onRetry: () => undefined, onTrouble: logger.warn }
    const tries = patience(voices, { operation: 'lead', fields: {} })
    for (;;) {
      const found = await insist('stocks', () => served.ask(api.namespaces, world.ledger.list))
      const who = await parts.others.serving([...found.values()].flat())
      parts.onServedByOthers(who)
      if (who === undefined) return found
      tries.failed({ cause: 'ServedByOthers', reason: `${who}. ${WAY_OUT}` })
      for (let waited = 0; waited < LOOK_AGAIN_MS && !ended(); waited += STEP_MS) await pause(clock, STEP_MS)
    }
  }

  /** How a namespace's reservations are listed, `beside` namespaces at once; what `known` has need not be sent again. */
  function listReservations(beside: number, known: Known) {
    return (namespace: string | undefined) => listWatched({ client: clients.reservations, namespace, known, beside })
  }

  /**
   * Those of other namespaces too, which may hold some of its stocks: a watch may be behind. Of who can't be listed any
   * more the watch must do.
   */
  async function reservationsEverywhere(namespace: string): Promise<Lists> {
    const known = caches.reservations.get
    const own = await served.ask([namespace], listReservations(1, known))
    const list = listReservations(served.all.length, known)
    const others = await served.ask(served.all, list).catch((): Lists => new Map())
    return new Map([...others, ...own])
  }

  return {
    /** In this order: a hold that a stock's books have is in a list that is read after them, or its object is gone. */
    async all(transitions) {
      const found = await stocksOfNobodyElse()
      let known: Known = api.standby.handOver()
      const lists = await insist('reservations', () => {
        const once = known // a server that is too busy for single reads is asked for whole lists from then on
        known = undefined
        return served.ask([...found.keys()], listReservations(found.size, once))
      })
      for (const [namespace, list] of lists) void caches.reservations.follow(namespace, list)
      served.serve([...lists.keys()])
      const stocks = served.all.flatMap((namespace) => found.get(namespace) ?? [])
      const reservations = [...world.reservations.all()]
      const spools = await insist('spools', world.spools.list)
      logger.info('takes over', { stocks: stocks.length, reservations: reservations.length, spools: spools.length })
      return lead(world, { stocks, reservations, spools, transitions })
    },
    /**
     * Lists in the same order; then machines, storages and networks before reservations before stocks are shown to whoever
     * acts on them, so that nothing seems to be missing. One of those three that can't be listed is followed all the same:
     * of what can't be seen nothing is given back.
     */
    async one(leading, namespace) {
      const stocks = await clients.stocks.list({ namespace })
      parts.onServerDate(stocks.date)
      const [machines, storages, networks] = await Promise.all([
        listIfPossible(clock, clients.machines, namespace),
        listIfPossible(clock, clients.storages, namespace),
        listIfPossible(clock, clients.networks, namespace),
      ])
      const reservations = await reservationsEverywhere(namespace)
      const spools = await world.spools.list()
      if (ended()) return
      const own = reservations.get(namespace)?.items.map(reservationFromResource) ?? []
      namespaceSeen(leading, { namespace, reservations: own, spools })
      caches.machines.follow(namespace, machines)
      caches.storages.follow(namespace, storages)
      caches.networks.follow(namespace, networks)
      for (const [name, list] of reservations) void caches.reservations.follow(name, list)
      void caches.stocks.follow(namespace, stocks)
      served.serve([namespace])
      logger.info('serves one more namespace', { namespace, stocks: stocks.items.length })
    },
  }
}
