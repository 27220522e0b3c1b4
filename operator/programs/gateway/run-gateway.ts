import { hash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type Clock, pause } from '../../application/clock.ts'
import { leaderWatch } from '../../application/gateway/leader-watch.ts'
import { consumptionOperation } from '../../application/gateway/list-consumption.ts'
import { logOperations } from '../../application/gateway/logs.ts'
import { observed } from '../../application/gateway/observed.ts'
import { gatewayOperations } from '../../application/gateway/operations.ts'
import { type Pressure, pressure } from '../../application/gateway/pressure.ts'
import { requestLimits } from '../../application/gateway/request-limits.ts'
import { historyOperation } from '../../application/gateway/stock-history.ts'
import { streamOperations } from '../../application/gateway/stream.ts'
import { waits } from '../../application/gateway/waits.ts'
import type { Logger } from '../../application/logger.ts'
import { systemClock } from '../../infrastructure/clock/system-clock.ts'
import type { ContractDocument } from '../../infrastructure/http/gateway/contract-document.ts'
import { gatewayServer } from '../../infrastructure/http/gateway/gateway-server.ts'
import { tryItPage } from '../../infrastructure/http/gateway/try-it-page.ts'
import { leastRecent } from '../../infrastructure/kubernetes/least-recent.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import { tokenBucket } from '../../infrastructure/kubernetes/token-bucket.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import { eventLoopDelay } from '../../infrastructure/telemetry/event-loop-delay.ts'
import { type GatewayMetrics, gatewayMetrics } from '../../infrastructure/telemetry/gateway-metrics.ts'
import { winstonLogger } from '../../infrastructure/telemetry/winston-logger.ts'
import type { Running } from '../end-when-asked.ts'
import type { Host } from '../program.ts'
import { certificateIn, followCertificate } from './certificate.ts'
import { type Cluster, connectCluster } from './cluster.ts'
import { type GatewayDatabases, gatewayDatabases } from './gateway-databases.ts'
import { type GatewayHistories, gatewayHistories } from './gateway-histories.ts'
import { type GatewayLogs, gatewayLogs } from './gateway-logs.ts'
import { type GatewayRequests, gatewayRequestsByKafka } from './gateway-requests.ts'
import { type GatewayToldEvents, gatewayToldEvents } from './gateway-told-events.ts'
import { objectNames, uuidOf } from './object-names.ts'
import { gatewayServers } from './servers.ts'

/** Reads that a gateway bears at once; what comes beyond is told to try again. */
const MOST_IN_FLIGHT = 4_000
/** Share of the grace after SIGTERM that answers under way may take. */
const ANSWERING_SHARE = 0.5
/** In a cluster calls still come in until all have heard that it is not ready any more. */
const UNREADY_MS = 5_000
const UNREADY_SHARE = 0.25

/** Starts the gateway. Throws when the kubeconfig or a certificate can't be used, or a port is taken. */
export async function runGateway(settings: Settings, host: Host): Promise<Running> {
  const { version, env, home } = host
  const clock = systemClock()
  const logger = winstonLogger({ ...settings.log, stream: process.stdout, service: 'kbnt-gateway', now: clock.now })
  const metrics = gatewayMetrics({ version, commit: env['KBNT_COMMIT'] ?? 'unknown', processMetrics: true })
  const waiting = waits(clock)
  const cluster = connectCluster({
    settings,
    version,
    env,
    clock,
    logger,
    metrics,
    changed: waiting.changed,
    hash: sha256,
  })
  const leader = leaderWatch({
    ...{ clock, lease: cluster.lease },
    onTrouble: (error) => logger.debug("the operator's lease can't be read", { error }),
  })
  const mostDelayMs = settings.gateway.maxEventLoopDelayMs
  const pressed = pressure({ clock, readDelayMs: eventLoopDelay(), mostDelayMs })
  const databases = gatewayDatabases({ settings, clock, logger, metrics })
  const logs = gatewayLogs({ settings, clock, logger, metrics, topicsFile: join(home, 'config/log-topics.yaml') })
  const past = gatewayHistories(settings)
  const told = gatewayToldEvents(settings)
  const requests = gatewayRequestsByKafka({ settings, clock: cluster.time, logger })
  const api = apiOf({
    settings,
    home,
    clock,
    logger,
    metrics,
    cluster,
    databases,
    past,
    told,
    leader,
    waiting,
    pressed,
    logs,
    requests,
  })
  let ending = false
  metrics.readFrom({
    staleSeconds: cluster.caches.staleSeconds,
    waiting: () => waiting.size,
    logBytes: () => logs?.outlet.waitingBytes ?? 0,
    ready: () => !ending && cluster.caches.notReady() === undefined,
  })
  const servers = gatewayServers(settings, metrics, {
    ending: () => ending,
    notReady: cluster.caches.notReady,
    nobodyLeads: leader.nobodyLeads,
  })
  const ports = await servers.listen(api)
  logger.info('started', { version, namespaces: settings.watchNamespaces, ...ports })
  cluster.caches.start()
  leader.start()
  const { tls: files } = settings.gateway
  const unfollow = files && followCertificate({ files, clock, logger, renewed: api.renew })

  return {
    async stop() {
      ending = true
      api.leave()
      if (env['KUBERNETES_SERVICE_HOST'])
        await pause(clock, Math.min(UNREADY_MS, settings.shutdownGraceMs * UNREADY_SHARE))
      logger.info('stops: answers what is under way')
      unfollow?.()
      await api.close()
      await Promise.all([logs?.close(), requests.close()])
      pressed.stop()
      leader.stop()
      await Promise.all([cluster.close(), databases.close(), past.close(), told.close(), servers.close()])
      logger.info('stopped')
      return true
    },
    fatal(error) {
      logger.error('can not go on', { error })
      process.exit(1)
    },
  }
}

interface ApiParts {
  readonly settings: Settings
  readonly home: string
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: GatewayMetrics
  readonly cluster: Cluster
  readonly databases: GatewayDatabases
  readonly past: GatewayHistories
  readonly told: GatewayToldEvents
  readonly leader: ReturnType<typeof leaderWatch>
  readonly waiting: ReturnType<typeof waits>
  readonly pressed: Pressure
  readonly logs: GatewayLogs | undefined
  readonly requests: GatewayRequests
}

/** The server of the contract, with everything that it does. */
function apiOf(parts: ApiParts) {
  const { settings, home, clock, logger, metrics, cluster, databases, leader, waiting, pressed, logs } = parts
  const { namespace: defaultNamespace, tls, requestsPerSecond, readsPerSecond, writesPerSecond } = settings.gateway
  const operations = gatewayOperations({
    ...cluster.objects,
    ...parts.requests,
    ...{ access: cluster.access, waits: waiting, names: objectNames, uuidOf },
    ...{ databases, untilLed: leader.untilLed, serves: cluster.caches.serves, blind: cluster.caches.blind },
    ...(defaultNamespace !== undefined && { defaultNamespace }),
  })
  const streams = streamOperations({
    ...{ clock, access: cluster.access, observer: metrics.streams },
    ...{ feedOf: cluster.caches.feedOf, objectsOf: cluster.caches.objectsOf },
    ...{ serves: cluster.caches.serves, blind: cluster.caches.blind },
    ...(defaultNamespace !== undefined && { defaultNamespace }),
  })
  const logWriting = logOperations({
    ...{ access: cluster.access, serves: cluster.caches.serves, now: clock.now, newId: randomUUID },
    ...(logs && { logs: { outlet: logs.outlet, routes: settings.gateway.logs.routes } }),
    ...(defaultNamespace !== undefined && { defaultNamespace }),
  })
  const kept = keptOf(parts)
  const limits = requestLimits({
    bucketOf: (rate) => tokenBucket(rate, steadyClock()),
    boundedMap: leastRecent,
    rates: { readsOfCaller: readsPerSecond, writesOfCaller: writesPerSecond, ofAddress: requestsPerSecond },
  })
  return gatewayServer({
    document: parse(readFileSync(join(home, 'config/openapi.yaml'), 'utf8')) as ContractDocument,
    files: tryItPage(join(home, 'node_modules/swagger-ui-dist')),
    operations: { ...observed(operations, { clock, observer: metrics }), ...streams, ...logWriting, ...kept },
    identify: cluster.identify,
    admit({ user }, kind) {
      const { problem, limit: quota, ...state } = limits.ofCaller(user, kind)
      if (!problem) return { quota, ...state }
      metrics.limited(kind)
      throw problem
    },
    admitMore({ user }, writes) {
      const problem = limits.moreWrites(user, writes)
      if (!problem) return
      metrics.limited('write')
      throw problem
    },
    admitAddress(address) {
      const { problem } = limits.ofAddress(address)
      if (!problem) return
      metrics.limited('address')
      throw problem
    },
    ...{ maxInFlight: MOST_IN_FLIGHT, pressure: pressed, closeGraceMs: settings.shutdownGraceMs * ANSWERING_SHARE },
    ...{ clock, logger: logger.child({ component: 'http' }), observer: metrics.requests, randomId: randomUUID },
    ...(tls && { tls: certificateIn(tls) }),
  })
}

/** What is read from databases beside the books. */
function keptOf({ settings, clock, logger, cluster, past: { histories }, told: { told } }: ApiParts) {
  const { namespace: defaultNamespace } = settings.gateway
  const { serves, blind } = cluster.caches
  const world = {
    ...{ access: cluster.access, stocks: cluster.objects.stocks, blind, serves, logger },
    ...(defaultNamespace !== undefined && { defaultNamespace }),
  }
  return {
    getStockHistory: historyOperation({
      ...{ ...world, clock },
      ...(histories && { histories }),
    }),
    listConsumption: consumptionOperation({ ...world, ...(told && { told }) }),
  }
}

function sha256(text: string): string {
  return hash('sha256', text, 'base64url')
}
