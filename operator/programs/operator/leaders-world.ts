import type { Clock } from '../../application/clock.ts'
import type { ClockSkew } from '../../application/clock-skew.ts'
import type { Engine } from '../../application/engine/engine.ts'
import { type OtherInstalls, otherInstalls } from '../../application/engine/other-installs.ts'
import type { World } from '../../application/engine/world.ts'
import type { StockLedger } from '../../application/ledger/stock-ledger.ts'
import type { Logger } from '../../application/logger.ts'
import { patience } from '../../application/patience.ts'
import { fairShares } from '../../infrastructure/kubernetes/fair-shares.ts'
import { LEASES, type Lease } from '../../infrastructure/kubernetes/lease-lock.ts'
import { resourceClient } from '../../infrastructure/kubernetes/resource-client.ts'
import { kubernetesEventSpools } from '../../infrastructure/kubernetes/resources/event-spools.ts'
import { kubernetesInstalls } from '../../infrastructure/kubernetes/resources/installs.ts'
import { kubernetesStockLedger } from '../../infrastructure/kubernetes/resources/virtual-stocks.ts'
import { type ServedNamespaces, servedNamespaces } from '../../infrastructure/kubernetes/served-namespaces.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import { engineObserver } from '../../infrastructure/telemetry/engine-observer.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import type { Api } from './api.ts'
import type { EventOutlet } from './event-outlet.ts'

/** What a process leads with, whenever it does. */
export interface LeaderParts {
  readonly settings: Settings
  readonly clock: Clock
  readonly logger: Logger
  readonly gauges: Metrics
  readonly api: Api
  readonly outlet: EventOutlet
  /** Told of each write of a stock that was stored. */
  readonly onStored: () => void
  /** Random for each start of the process; the lease's holder ends with it. */
  readonly writer: string
  readonly fatal: (error: unknown) => void
  /** Whether nobody else may lead by now. */
  readonly leading: () => boolean
}

interface OfThisTerm {
  readonly served: ServedNamespaces
  readonly skew: ClockSkew
  readonly reservations: World['reservations']
  readonly enqueue: (key: string) => void
  readonly engine: () => Engine | undefined
}

/** The outside world as the engine of one term sees it. */
export function worldOf(parts: LeaderParts, { served, skew, reservations, enqueue, engine }: OfThisTerm): World {
  const { settings, api, outlet } = parts
  return {
    clock: parts.clock,
    skew,
    ledger: ledgerOf(api, served, skew),
    reservations,
    spools: kubernetesEventSpools({ client: api.clients.spools, namespace: api.ownNamespace }),
    publisher: outlet.publisher,
    observer: engineObserver({
      metrics: parts.gauges,
      logger: parts.logger,
      record: api.record,
      findReservation: reservations.find,
      onStored: parts.onStored,
      pendingEntries: (uid) => engine()?.actors.get(uid)?.journal.entries.length ?? 0,
    }),
    eventFor: outlet.eventFor,
    rejectionEvent: outlet.rejectionEvent,
    spoolAfterMs: settings.events.spoolAfterMs,
    maxSpooledBytes: settings.events.maxSpooledBytes,
    install: api.install,
    writer: parts.writer,
    enqueue,
    fatal: parts.fatal,
  }
}

/** A namespace whose stocks can't be written (a webhook that hangs) must not take the connections that all others need. */
const BOOK_SHARES = { inAll: 128, each: 64, longMs: 2_000 }

function ledgerOf({ clients, namespaces }: Api, { serves }: ServedNamespaces, skew: ClockSkew): StockLedger {
  const named = namespaces.filter((namespace) => namespace !== undefined)
  const shares = fairShares(BOOK_SHARES, steadyClock())
  const ledger = { client: clients.stocks, serves, onServerDate: skew.observe, shares }
  return kubernetesStockLedger(named.length > 0 ? { ...ledger, namespaces: named } : ledger)
}

/** Which namespaces are served. Of those that are not it is said at first and then now and then for as long as it lasts. */
export function servedBy(
  { api, clock, logger, gauges }: Pick<LeaderParts, 'api' | 'clock' | 'logger' | 'gauges'>,
  ended: () => boolean,
): ServedNamespaces {
  return servedNamespaces({
    namespaces: api.namespaces,
    clock: steadyClock(),
    ended,
    onChange: gauges.cluster.namespaces,
    onUnserved(namespace) {
      // not counted by cause: a metric has the name of each such namespace
      const voices = { clock, onRetry: () => undefined, onTrouble: logger.warn }
      const tries = patience(voices, { operation: 'list a namespace', fields: { namespace } })
      return (reason) => tries.failed({ cause: 'Unlisted', reason })
    },
  })
}

/** Whoever else may serve the same stocks. */
export function otherInstallsOf({
  api,
  clock,
  settings,
}: Pick<LeaderParts, 'api' | 'clock' | 'settings'>): OtherInstalls {
  const leases = resourceClient<Lease>(api.client, LEASES) // not that of our own lease: whatever hangs, it is renewed beside it
  const gone = settings.leaderElection.takeOverFrom
  return otherInstalls({ clock, installs: kubernetesInstalls(leases), own: api.install, gone })
}
