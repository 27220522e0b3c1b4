import { systemClock } from '../../infrastructure/clock/system-clock.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import { winstonLogger } from '../../infrastructure/telemetry/winston-logger.ts'
import { workerMetrics } from '../../infrastructure/telemetry/worker-metrics.ts'
import type { Running } from '../end-when-asked.ts'
import type { Host } from '../program.ts'
import { alertsFlow } from './alerts-flow.ts'
import { historyFlow } from './history-flow.ts'
import { integrationFlow } from './integration-flow.ts'
import { logAlertsFlow } from './log-alerts-flow.ts'
import { logIndexFlow } from './log-index-flow.ts'
import { workerServers } from './servers.ts'
import { virtualizationFlow } from './virtualization-flow.ts'

/** Share of the grace after SIGTERM that work under way may take. */
const FINISHING_SHARE = 0.8

/** Starts the flows of the settings. Throws when there are none, or a port is taken. */
export async function runWorker(settings: Settings, { version, env, home }: Host): Promise<Running> {
  const { kafka, worker, shutdownGraceMs } = settings
  if (worker.flows.length === 0 || !kafka)
    throw new Error(
      `which flows? --flows names them, or worker.flows of the settings: ${Object.keys(starters).join(', ')}`,
    )
  const clock = systemClock()
  const logger = winstonLogger({ ...settings.log, stream: process.stdout, service: 'kbnt-worker', now: clock.now })
  const metrics = workerMetrics({ version, commit: env['KBNT_COMMIT'] ?? 'unknown', processMetrics: true })
  const flows = worker.flows.map((name) =>
    starters[name]({
      settings,
      kafka,
      clock,
      logger: logger.child({ component: name }),
      metrics,
      host: { env, version, home },
    }),
  )
  let ending = false
  const servers = workerServers(settings, metrics, { flows, ending: () => ending })
  const ports = await servers.listen()
  logger.info('started', { version, flows: worker.flows, ...ports })
  for (const flow of flows) flow.start()

  return {
    async stop() {
      ending = true
      logger.info('stops: finishes what is begun')
      const ended = await Promise.all(flows.map((flow) => flow.stop(shutdownGraceMs * FINISHING_SHARE)))
      await servers.close()
      logger.info('stopped')
      return ended.every((clean) => clean)
    },
    fatal(error) {
      logger.error('can not go on', { error })
      process.exit(1)
    },
  }
}

const starters = {
  alerts: alertsFlow,
  history: historyFlow,
  integration: integrationFlow,
  'log-alerts': logAlertsFlow,
  'log-index': logIndexFlow,
  virtualization: virtualizationFlow,
}
