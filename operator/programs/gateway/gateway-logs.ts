import type { Clock } from '../../application/clock.ts'
import type { Logger } from '../../application/logger.ts'
import { type LogOutlet, logOutlet } from '../../application/logs/log-outlet.ts'
import { kafkaPublisher } from '../../infrastructure/kafka/kafka-publisher.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import type { GatewayMetrics } from '../../infrastructure/telemetry/gateway-metrics.ts'
import { createOwnTopics, listedTopics } from '../own-topics.ts'

export interface GatewayLogs {
  readonly outlet: LogOutlet
  /** Once nothing is posted any more. */
  close(): Promise<void>
}

export interface GatewayLogsParts {
  readonly settings: Pick<Settings, 'gateway' | 'kafka'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Pick<GatewayMetrics, 'logs'>
  /** Lists the topics that the setting `kafka.createTopics` creates. */
  readonly topicsFile: string
}

/** Shorter than a call's patience: a broker that hangs leaves time for another try. */
const PUBLISH_MS = 4_000

/** Undefined where the settings want none. */
export function gatewayLogs({
  settings,
  clock,
  metrics,
  topicsFile,
  ...parts
}: GatewayLogsParts): GatewayLogs | undefined {
  const { kafka, gateway } = settings
  if (!gateway.logs.enabled || !kafka) return undefined
  const logger = parts.logger.child({ component: 'logs' })
  const { maxWaitingBytes: mostBytes, routes } = gateway.logs
  const names = routes.map(({ topic }) => topic)
  createOwnTopics({ kafka, clock, logger }, () => listedTopics(topicsFile, names))
  const publisher = kafkaPublisher({ connection: kafka, clock, logger, publishTimeoutMs: PUBLISH_MS })
  void publisher.connect()
  return { outlet: logOutlet({ publisher, clock, mostBytes, observer: metrics.logs }), close: publisher.close }
}
