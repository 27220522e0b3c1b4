import { clockSkew } from '../../../operator/application/clock-skew.ts'
import type { Engine, EngineObserver } from '../../../operator/application/engine.ts'
import type { OutgoingEvent } from '../../../operator/application/event/outgoing-event.ts'
import type { Delivery } from '../../../operator/application/event/publisher.ts'
import { lead, leadStock } from '../../../operator/application/ledger/lead.ts'
import { StockGone } from '../../../operator/application/ledger/ledger-writer.ts'
import type { StockLedger } from '../../../operator/application/ledger/stock-ledger.ts'
import { reconcileReservation } from '../../../operator/application/reservation/reconcile-reservation.ts'
import { reconcileStock } from '../../../operator/application/stock/reconcile-stock.ts'
import { keyOf, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { ApiServer, Change } from './api-server.ts'
import { eventOf, rejectionOf } from './events.ts'
import type { Kafka } from './kafka.ts'
import { keyedQueue } from './keyed-queue.ts'
import { CallFailed, type Faults, network } from './network.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface ProcessParts {
  readonly name: string
  readonly time: VirtualTime
  readonly random: Random
  readonly server: ApiServer
  readonly kafka: Kafka
  readonly faults: Faults
  readonly transitions: number
  /** How far this process's clock is from the server's, in ms; may change. */
  readonly clockOffsetMs: () => number
  readonly trace: (line: string) => void
}

export type OperatorProcess = ReturnType<typeof operatorProcess>

const observer: EngineObserver = {
  committed: () => undefined,
  wrote: () => undefined,
  told: () => undefined,
  reportRefused: () => undefined,
  delivered: () => undefined,
  trouble: () => undefined,
  stockGone: () => undefined,
}

/** One operator: the real engine, with a network that loses things between it and the server. */
export function operatorProcess(parts: ProcessParts) {
  const { name, time, random, server, kafka, faults, trace } = parts
  let state: 'running' | 'paused' | 'dead' = 'running'
  let engine: Engine | undefined
  let backlog: (() => void)[] = []
  const cache = new Map<string, Reservation>()

  /** Runs now, when the process is on again, or never. */
  function inProcess(run: () => void): void {
    if (state === 'running') run()
    else if (state === 'paused') backlog.push(run)
  }

  const clock = {
    now: () => time.now() + parts.clockOffsetMs(),
    schedule: (delayMs: number, run: () => void) => time.schedule(delayMs, () => inProcess(run)),
  }
  const skew = clockSkew(clock)
  const queue = keyedQueue(clock, reconcile, onFault)

  const { call, read, write } = network({ time, random, faults, inProcess, onAnswer: skew.observe })

  const ledger: StockLedger = {
    list: () => read(() => [...server.stocks.values()]),
    read: (namespace, stock) => read(() => server.stocks.get(keyOf(namespace, stock))),
    append: (stock, status) => write(() => server.writeStatus(stock, status)),
    open: (stock) => write(() => server.open(stock)),
    close: (stock) => write(() => server.close(stock)),
  }

  const world = {
    clock,
    skew,
    ledger,
    observer,
    writer: name,
    reservations: {
      find: (key: string) => cache.get(key),
      all: () => cache.values(),
      read: (namespace: string, reservation: string) =>
        read(() => server.reservations.get(keyOf(namespace, reservation))),
      report: (base: Reservation, status: Parameters<ApiServer['report']>[1]) =>
        write(() => server.report(base, status)),
      remove: () => Promise.resolve(true),
    },
    spools: {
      list: () => read(() => [...server.spools.values()]),
      create: (stockUid: string, events: readonly OutgoingEvent[]) => read(() => server.createSpool(stockUid, events)),
      read: (ref: { name: string }) => read(() => server.spools.get(ref.name)?.events),
      remove: (ref: Parameters<ApiServer['removeSpool']>[0]) => read(() => server.removeSpool(ref)),
    },
    publisher: {
      publish: (batches: Parameters<Kafka['append']>[0][]) =>
        call<Delivery[]>(() => batches.map((batch) => kafka.append(batch)), {
          lost: () => batches.map(() => ({ kind: 'unavailable', reason: 'no answer' })),
          later: () => batches.map(() => ({ kind: 'unavailable', reason: 'busy' })),
        }),
      close: () => Promise.resolve(),
    },
    eventFor: eventOf,
    rejectionEvent: rejectionOf,
    spoolAfterMs: 2_000,
    enqueue: (key: string) => queue.add(key),
    fatal: exit,
  }

  function exit(error: unknown): void {
    if (state === 'dead') return
    trace(`${name} exits: ${error instanceof Error ? error.message : error}`)
    state = 'dead'
    backlog = []
  }

  async function insist<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt()
      } catch {
        await new Promise<void>((resolve) => clock.schedule(100, resolve))
      }
    }
  }

  async function start(): Promise<void> {
    const stocks = await insist(ledger.list)
    await insist(() => read(() => undefined))
    const reservations = snapshotReservations()
    const spools = await insist(world.spools.list)
    trace(`${name} takes over ${stocks.length} stocks, ${reservations.length} reservations, ${spools.length} spools`)
    engine = await lead(world as never, { stocks, reservations, spools, transitions: parts.transitions })
    trace(`${name} leads, term ${engine.term}`)
    queue.start()
    deliver()
  }

  /** The list is also where the watch begins: what changes after it comes as events, in order. */
  function snapshotReservations(): Reservation[] {
    cache.clear()
    for (const [key, reservation] of server.reservations) cache.set(key, reservation)
    feed.length = 0
    watching = true
    return [...cache.values()]
  }

  let watching = false
  const feed: Change[] = []
  let delivering = false

  function see(change: Change): void {
    if (!watching || state === 'dead') return
    feed.push(change)
    deliver()
  }

  function deliver(): void {
    if (delivering || feed.length === 0 || !engine) return // a deletion seen before the takeover is done would be forgotten by it
    delivering = true
    time.schedule(random.between(0, faults.watchLagMs), () =>
      inProcess(() => {
        delivering = false
        const change = feed.shift()
        if (change) handle(change)
        deliver()
      }),
    )
  }

  function handle(change: Change): void {
    if (change.kind === 'stock') handleStock(change)
    else handleReservation(change)
  }

  function handleReservation(change: Change & { kind: 'reservation' }): void {
    const { reservation } = change
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
    else void leadStock(engine, stock).catch(exit)
    queue.add(`stock:${keyOf(stock.namespace, stock.name)}`)
  }

  function onFault(key: string, error: unknown): void {
    if (!(error instanceof CallFailed) && !(error instanceof StockGone)) trace(`${name} ${key}: ${error}`)
  }

  function reconcile(key: string) {
    const leading = engine as Engine
    if (key.startsWith('stock:')) return reconcileStock(leading, key.slice('stock:'.length))
    return reconcileReservation({ ...leading, reservations: world.reservations as never, clock }, key)
  }

  return {
    name,
    see,
    start: () => start().catch(exit),
    get state() {
      return state
    },
    get leading() {
      return engine !== undefined && state !== 'dead'
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
