import { type Clock, longAgo, msBetween, type Tick } from '../../application/clock.ts'
import { howManyStay } from '../../application/how-many-stay.ts'
import { liveness } from '../../application/liveness.ts'
import type { Logger } from '../../application/logger.ts'
import { lanesInside, stocksInside, worstFirst } from '../../application/look-inside.ts'
import type { Machine } from '../../domain/machine/machine.ts'
import type { Network } from '../../domain/network/network.ts'
import type { StatusOf } from '../../domain/resource/resource.ts'
import type { Storage } from '../../domain/storage/storage.ts'
import { type Inside, SHOWN } from '../../infrastructure/http/debug-pages.ts'
import { healthServer } from '../../infrastructure/http/health-server.ts'
import { metricsServer } from '../../infrastructure/http/metrics-server.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import type { ResourceSources } from '../../infrastructure/telemetry/resource-metrics.ts'
import { listening } from '../listening.ts'
import type { Leadership } from './leadership.ts'

export interface HealthFacts {
  readonly cachesSynced: () => boolean
  /** What it waits for before it can begin, or lead; undefined = nothing. */
  readonly unmet: () => string | undefined
  /** Rights that it misses in namespaces that it serves; undefined = none, as far as is known. */
  readonly lackingRights: () => string | undefined
  readonly leading: () => boolean
  /** How it is stuck; undefined = it isn't. */
  readonly stuck: () => string | undefined
  /** What is wrong with Kafka; undefined = nothing, as far as is known. */
  readonly trouble: () => string | undefined
  /** Namespaces that can't be listed, and why. */
  readonly unlisted: () => ReadonlyMap<string, string>
  /** Which other install serves what this one should, so that it leads nothing. */
  readonly servedByOthers: () => string | undefined
}

export interface Ports {
  /** Absent when off. */
  readonly metricsPort?: number
  readonly healthPort?: number
}

/** Metrics and health, each on a port of its own. `listen` throws when one is taken. */
export function serversOf(settings: Settings, gauges: Metrics, facts: HealthFacts & { readonly inside: Inside }) {
  const { port: metricsPort } = settings.metrics
  const { port: healthPort } = settings.health
  const metrics = metricsPort === undefined ? undefined : metricsServer(metricsPort, gauges)
  const health = healthPort === undefined ? undefined : healthServer(healthPort, checksOf(facts), facts.inside)
  return {
    async listen(): Promise<Ports> {
      const metricsAt = metrics && (await listening(metrics, portOf('metrics', metricsPort)))
      const healthAt = health && (await listening(health, portOf('health', healthPort)))
      return {
        ...(metricsAt !== undefined && { metricsPort: metricsAt }),
        ...(healthAt !== undefined && { healthPort: healthAt }),
      }
    },
    async close(): Promise<void> {
      await Promise.all([metrics?.close(), health?.close()])
    },
  }
}

function portOf(whose: 'metrics' | 'health', port: number | undefined) {
  return { setting: `${whose}.port`, flag: `${whose}-port`, port }
}

/** A standby is ready too: its caches are warm, and whoever rolls out an upgrade waits for that. */
function checksOf({
  cachesSynced,
  leading,
  trouble,
  stuck,
  unlisted,
  unmet,
  lackingRights,
  servedByOthers,
}: HealthFacts) {
  return {
    live: [{ name: 'progress', check: stuck }],
    ready: [
      { name: 'start', check: unmet },
      { name: 'caches', check: () => (cachesSynced() || leading() ? undefined : listingText(unlisted())) },
      { name: 'stocks', check: servedByOthers },
      { name: 'namespaces', optional: true, check: () => unlistedText(unlisted()) },
      { name: 'rights', optional: true, check: lackingRights },
      {
        name: 'leader',
        optional: true,
        check: () => (leading() ? undefined : 'another leads, or this one takes over'),
      },
      { name: 'kafka', optional: true, check: trouble },
    ],
  }
}

function listingText(unlisted: ReadonlyMap<string, string>): string {
  const failures = unlistedText(unlisted)
  return failures === undefined ? 'not all objects are listed yet' : `nothing is listed yet: ${failures}`
}

function unlistedText(unlisted: ReadonlyMap<string, string>): string | undefined {
  if (unlisted.size === 0) return undefined
  return [...unlisted].map(([name, reason]) => `${name || 'all namespaces'} can't be listed (${reason})`).join('; ')
}

/** Whatever is not given back by then is not just on its way. */
const ORPHANED_MS = 60_000
/** A resource without a status. */
const NOT_LOOKED_AT = { phase: 'Pending', reason: 'Pending' } as const

/** Has the metrics that are read at each scrape look at the engine, which a standby has none of. */
export function readSources(
  { engine, events, machines, storages, networks, inside }: Metrics,
  clock: Pick<Clock, 'now' | 'tick'>,
  leading: Leadership,
): void {
  const orphanedHolds = howManyStay(clock, ORPHANED_MS)
  const orphanedCapacities = howManyStay(clock, ORPHANED_MS)
  const orphanedNetworks = howManyStay(clock, ORPHANED_MS)
  const orphanedStorages = howManyStay(clock, ORPHANED_MS)
  const actors = () => [...(leading.engine?.actors.values() ?? [])]
  const relay = () => leading.engine?.relay
  const spooled = () => relay()?.spooledEvents ?? 0
  events.readFrom({
    undelivered: () => (relay()?.undelivered ?? 0) + spooled(),
    spooled,
    spooledBytes: () => relay()?.spooledBytes ?? 0,
    spoolLimitBytes: () => leading.engine?.world.maxSpooledBytes ?? 0,
  })
  inside.readFrom({
    stocks: () => allInside(leading, clock),
    clockSkewMs: leading.skew.excessMs,
    orphanedHolds: () => orphanedHolds(leading.engine?.departed.uids() ?? []),
  })
  machines.readFrom({
    ...lookAt(() => (leading.engine ? [...leading.machines] : [])),
    orphaned: () => orphanedCapacities(leading.lostMachines()),
  })
  storages.readFrom({
    ...lookAt(() => (leading.engine ? [...leading.storages] : [])),
    orphaned: () => orphanedStorages(leading.lostStorages()),
  })
  networks.readFrom({
    ...lookAt(() => (leading.engine ? [...leading.networks] : [])),
    orphaned: () => orphanedNetworks(leading.lostNetworks()),
  })
  engine.readFrom({
    activeReservations() {
      const active = new Map<string, number>()
      if (!leading.engine) return active
      for (const { namespace, status } of leading.reservations) {
        if (status?.phase === 'Reserved' || status?.phase === 'Confirmed')
          active.set(namespace, (active.get(namespace) ?? 0) + 1)
      }
      return active
    },
    oldestCommandAgeSeconds() {
      let age = 0
      for (const { queue } of actors())
        if (queue.oldestAt !== undefined) age = Math.max(age, msBetween(queue.oldestAt, clock.tick()))
      return age / 1_000
    },
  })
}

/** Of the resources that there are now. */
function lookAt<R extends Machine | Storage | Network>(
  resources: () => readonly R[],
): Omit<ResourceSources<StatusOf<R>['phase'] | 'Pending'>, 'orphaned'> {
  return {
    states: () => resources().map(({ status: { phase, reason } = NOT_LOOKED_AT }) => ({ phase, reason })),
    costs: () => resources().flatMap(({ status }) => status?.cost ?? []),
  }
}

/** Of both kinds of books, those first that somebody should look at; a standby has none. */
function allInside({ engine, rowStocks }: Leadership, clock: Pick<Clock, 'now' | 'tick'>) {
  return engine ? worstFirst([...stocksInside(engine, clock), ...rowStocks()]) : []
}

/** What the leader has in memory; a standby has nothing. */
export function insideOf(leading: Leadership, clock: Pick<Clock, 'now' | 'tick'>): Inside {
  return {
    stocks: () => allInside(leading, clock),
    lanes: () => (leading.engine ? lanesInside(leading.engine) : []),
  }
}

/** The same to the log: so many lines of each, those first that somebody should look at. */
export function logInside({ stocks, lanes }: Inside, logger: Logger): void {
  const log = logger.child({ component: 'inside' })
  for (const [what, rows] of [['stock', stocks()] as const, ['lane', lanes()] as const]) {
    log.info(`${rows.length} ${what}s, ${Math.min(rows.length, SHOWN)} shown`)
    for (const row of rows.slice(0, SHOWN)) log.info(what, { ...row })
  }
}

/** A leader speaks with the API server every few seconds, if only to renew its lease. */
const SILENCE_MS = 30_000

/** Remembers what a leader's life is told by. */
export interface LifeSignsSeen {
  /** A write of any stock is stored. */
  stored(): void
  /** The API server has answered. */
  answered(): void
  /** Says how `leading` is stuck; undefined = it isn't, or a restart would not help. */
  checkOf(leading: Leadership): () => string | undefined
}

export function lifeSigns(clock: Pick<Clock, 'tick'>): LifeSignsSeen {
  let lastWriteAt = longAgo
  let lastAnswerAt = longAgo
  return {
    stored() {
      lastWriteAt = clock.tick()
    },
    answered() {
      lastAnswerAt = clock.tick()
    },
    checkOf: (leading) =>
      liveness(clock, () => ({
        takeoverSince: leading.takeoverSince,
        askedSince: askedSince(leading),
        lastWriteAt,
        hindered: leading.skew.excessMs() !== 0 || msBetween(lastAnswerAt, clock.tick()) > SILENCE_MS,
      })),
  }
}

/** Stocks that are not open may have a good reason to let people wait. */
function askedSince({ engine }: Leadership): Tick | undefined {
  let first: Tick | undefined
  for (const { queue, closedBecause } of engine?.actors.values() ?? []) {
    if (queue.oldestAt === undefined || closedBecause) continue
    if (first === undefined || msBetween(queue.oldestAt, first) > 0) first = queue.oldestAt
  }
  return first
}
