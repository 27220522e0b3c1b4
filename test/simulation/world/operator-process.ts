import { clockSkew } from '../../../operator/application/clock-skew.ts'
import type { Engine } from '../../../operator/application/engine/engine.ts'
import { lead, namespaceSeen, stockSeen } from '../../../operator/application/engine/lead.ts'
import type { World } from '../../../operator/application/engine/world.ts'
import { StartOver, StockGone } from '../../../operator/application/ledger/ledger-faults.ts'
import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import { reconcileReservation } from '../../../operator/application/reservation/reconcile-reservation.ts'
import { positionRefresher } from '../../../operator/application/reservation/refresh-positions.ts'
import { reconcileStock } from '../../../operator/application/stock/reconcile-stock.ts'
import { keyOf, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { ApiServer, Change } from './api-server.ts'
import { changeAsRead, reservationAsRead } from './as-read.ts'
import type { Breakage } from './breakage.ts'
import { eventOf, rejectionOf } from './events.ts'
import { haltObserver } from './halt-observer.ts'
import type { Kafka } from './kafka.ts'
import { keyedQueue } from './keyed-queue.ts'
import { CallFailed, type Faults, network } from './network.ts'
import { processPorts } from './process-ports.ts'
import type { Random } from './random.ts'
import { relist } from './relist.ts'
import type { Sick } from './sickness.ts'
import { sight } from './sight.ts'
import { loseSight } from './take-up.ts'
import { insist, type VirtualTime } from './virtual-time.ts'
import { watchFeed } from './watch-feed.ts'

export interface ProcessParts {
  readonly name: string
  readonly time: VirtualTime
  readonly random: Random
  readonly server: ApiServer
  readonly kafka: Kafka
  readonly faults: Faults
  /** What the server refuses for long. */
  readonly sick: Pick<Sick, 'refusalOf' | 'refusalOfBooks' | 'refusesSpools' | 'mayHalt'>
  readonly transitions: number
  /** How far this process's clock is from the server's, in ms; may change. */
  readonly clockOffsetMs: () => number
  readonly trace: (line: string) => void
  /** What is wrong with it; absent = nothing. */
  readonly breakage?: Breakage | undefined
  /** It has found something that can't be in a world where all is well. */
  readonly onNonsense: (message: string) => void
}

export type OperatorProcess = ReturnType<typeof operatorProcess>

/** The chore that comes back by the clock; no stock or reservation is named so. */
const LINES = 'lines'
const END_WITHIN_MS = 1_000

/** One operator: the real engine, with a network that loses things between it and the server. */
export function operatorProcess(parts: ProcessParts) {
  const { name, time, random, server, kafka, faults, sick, trace, breakage = { name: 'none' } as Breakage } = parts
  const sees = breakage.sees?.() ?? ((reservation: Reservation) => reservation)
  let state: 'running' | 'paused' | 'dead' = 'running'
  let engine: Engine | undefined
  let backlog: (() => void)[] = []
  let refreshPositions: ReturnType<typeof positionRefresher>
  const cache = new Map<string, Reservation>()
  const view = sight(server)

  /** Runs now, when the process is on again, or never. */
  function inProcess(run: () => void): void {
    if (state === 'running') run()
    else if (state === 'paused') backlog.push(run)
  }

  const clock = {
    now: () => time.now() + parts.clockOffsetMs(),
    tick: time.tick,
    schedule: (delayMs: number, run: () => void) => time.schedule(delayMs, () => inProcess(run)),
  }
  const skew = clockSkew(clock)
  const queue = keyedQueue(clock, reconcile, onFault, breakage.workers)

  const feed = watchFeed({
    ...{ time, random, faults, inProcess, handle },
    relist: readAnew,
    mayDeliver: () => engine !== undefined, // a deletion seen before the takeover is done would be forgotten by it
  })
  const { call, read, write } = network({ time, random, faults, inProcess, onAnswer: learnTime })

  const soundWorld = {
    ...processPorts({ server, kafka, sick, sight: view, cache, sees, network: { call, read, write } }),
    ...{ clock, skew, writer: name, install: 'kbnt-system/kbnt-operator' },
    observer: haltObserver((stock, message) => {
      if (!sick.mayHalt(stock)) parts.onNonsense(`${name}: ${message}`)
    }),
    eventFor: eventOf,
    rejectionEvent: rejectionOf,
    spoolAfterMs: 2_000,
    maxSpooledBytes: 1 << 28,
    enqueue: (key: string) => queue.add(key),
    fatal: exit,
  } as unknown as World
  const world = breakage.world?.(soundWorld, { server, kafka, time }) ?? soundWorld

  function learnTime(serverDate: number): void {
    skew.observe(serverDate)
    if (world.skew !== skew) world.skew.observe(serverDate)
  }

  function exit(error: unknown): void {
    if (state === 'dead') return
    trace(`${name} exits: ${error instanceof Error ? error.message : error}`)
    if (error instanceof StartOver && error.message.includes(`written by ${name},`) && !isEdited(error.message))
      parts.onNonsense(`${name} took a write of its own for a stranger's`)
    if (!(error instanceof StartOver)) parts.onNonsense(`${name} ended, though nobody else leads: ${error}`)
    state = 'dead'
    backlog = []
  }

  /** Whoever edits a stock leaves the name of its last writer there. */
  function isEdited(message: string): boolean {
    return [...server.stocks].some(([key, { uid }]) => server.edited.has(uid) && message.startsWith(`${key} `))
  }

  async function start(): Promise<void> {
    loseSight({
      ...{ clock, random, faults, server, asSeen, sight: view, engine: () => engine },
      namespaceSeen: breakage.namespaceSeen ?? namespaceSeen,
      watchAnew: () => {
        feed.begin()
        readAnew()
      },
      trace: (line) => trace(`${name} ${line}`),
    })
    const early = breakage.readsReservationsFirst || breakage.keepsOldCache ? snapshotReservations() : undefined
    if (early) await insist(clock, () => read(() => undefined))
    const stocks = await insist(clock, world.ledger.list)
    await insist(clock, () => read(() => undefined))
    const reservations = early ?? snapshotReservations()
    catchUp(stocks)
    if (breakage.keepsOldCache) feed.begin() // as if the watch had begun only now
    const spools = await insist(clock, world.spools.list)
    trace(`${name} takes over ${stocks.length} stocks, ${reservations.length} reservations, ${spools.length} spools`)
    engine = lead(world, { stocks, reservations, spools, transitions: parts.transitions })
    refreshPositions = positionRefresher({ ...engine, reservations: world.reservations, clock })
    await breakage.engine?.(engine)
    trace(`${name} leads, term ${engine.term}`)
    queue.start()
    queue.add(LINES)
    feed.deliver()
  }

  function readAnew(): void {
    relist(view.listed(), { cache, actors: engine?.actors.values() ?? [], handle })
  }

  /** What became of stocks between their list and the beginning of the watch. */
  function catchUp(listed: readonly StoredStock[]): void {
    const positions = new Map(listed.map(({ uid, position }) => [uid, position]))
    for (const stock of view.listed().stocks)
      if (positions.get(stock.uid) !== stock.position) feed.see({ kind: 'stock', type: 'stored', stock })
  }

  /** The list is also where the watch begins: what changes after it comes as events, in order. */
  function snapshotReservations(): Reservation[] {
    cache.clear()
    for (const reservation of view.listed().reservations)
      cache.set(keyOf(reservation.namespace, reservation.name), asSeen(reservation))
    feed.begin()
    return [...cache.values()]
  }

  const asSeen = (reservation: Reservation) => sees(reservationAsRead(server, reservation))

  function handle(stored: Change): void {
    const change = changeAsRead(server, stored)
    if (change.kind === 'stock') handleStock(change)
    else handleReservation(change)
  }

  function handleReservation(change: Change & { kind: 'reservation' }): void {
    const reservation = sees(change.reservation)
    const key = keyOf(reservation.namespace, reservation.name)
    const before = cache.get(key)
    if (change.type === 'stored') cache.set(key, reservation)
    else cache.delete(key)
    const gone = change.type === 'deleted' ? reservation : before && before.uid !== reservation.uid ? before : undefined
    const [first] = gone?.spec.items ?? []
    if (gone && first && engine) {
      engine.departed.add(key, { uid: gone.uid, homeKey: keyOf(first.stockNamespace, first.stock), reservation: gone })
      engine.unexplained.forget(gone.uid)
    }
    queue.add(key)
  }

  function handleStock({ type, stock }: Change & { kind: 'stock' }): void {
    if (!engine) return
    if (type === 'deleted') engine.stocks.findByUid(stock.uid)?.stop(new StockGone(stock.name))
    else if (!breakage.ignoresWatch || !engine.stocks.findByUid(stock.uid)) stockSeen(engine, stock)
    if (stock.status && stock.status.ledger.term > engine.term) expectEnd(stock.status.ledger.writer)
    queue.add(`stock:${keyOf(stock.namespace, stock.name)}`)
  }

  /** Whoever has seen that another leads after it has no business to go on. */
  function expectEnd(successor: string): void {
    const judge = () => parts.onNonsense(`${name} goes on, and has seen that ${successor} leads`)
    clock.schedule(END_WITHIN_MS, () => state !== 'dead' && judge())
  }

  function onFault(key: string, error: unknown): void {
    if (!(error instanceof CallFailed) && !(error instanceof StockGone)) trace(`${name} ${key}: ${error}`)
  }

  function reconcile(key: string) {
    const leading = engine as Engine
    const ports = { ...leading, reservations: world.reservations, clock }
    if (key === LINES) return refreshPositions()
    if (key.startsWith('stock:')) return reconcileStock(leading, key.slice('stock:'.length))
    return reconcileReservation(ports, key)
  }

  return {
    name,
    see: (change: Change) => (view.showsChange(change) ? feed.see(change) : undefined),
    start: () => start().catch(exit),
    get state() {
      return state
    },
    get leading() {
      return engine !== undefined && state !== 'dead'
    },
    get actors() {
      return engine?.actors.values() ?? []
    },
    kill() {
      if (state !== 'dead') trace(`${name} is killed`)
      state = 'dead'
      backlog = []
    },
    pause() {
      if (state === 'running') state = 'paused'
      trace(`${name} is stopped`)
    },
    resume() {
      if (state !== 'paused') return
      trace(`${name} goes on`)
      state = 'running'
      for (const run of backlog.splice(0)) inProcess(run)
    },
  }
}
