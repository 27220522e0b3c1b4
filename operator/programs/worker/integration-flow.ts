import { stockIntegration } from '../../application/integration/stock-integration.ts'
import { httpTarget } from '../../infrastructure/integration-target/http-target.ts'
import { databaseTime } from '../../infrastructure/postgres/database-time.ts'
import { forgetOldRows, unsettledRows } from '../../infrastructure/postgres/integration/old-rows.ts'
import { postgresConsumptionLog } from '../../infrastructure/postgres/integration/postgres-consumption-log.ts'
import { postgresKeysInRetry } from '../../infrastructure/postgres/integration/postgres-keys-in-retry.ts'
import { integrationTables } from '../../infrastructure/postgres/integration-tables.ts'
import { calledApi } from '../called-api.ts'
import { databaseChores } from './database-chores.ts'
import { flowClock } from './flow-clock.ts'
import { flowDatabase } from './flow-database.ts'
import { memberOfGroup } from './member-of-group.ts'
import type { FlowParts, RunningFlow } from './running-flow.ts'

/** Events of stocks, told to somebody else's API. Throws where settings name no target, or no such database. */
export function integrationFlow(given: FlowParts): RunningFlow {
  const { settings, logger, metrics } = given
  const clock = flowClock(given, 'the database')
  const {
    group,
    topics,
    retryTopic,
    deadLetterTopic,
    delaysMs,
    routes,
    target: asked,
    ...kept
  } = settings.worker.integration
  const { url } = asked
  if (url === undefined)
    throw new Error('worker.integration.target.url is missing: whom does the flow integration call?')
  const { name, idempotency, settleMs } = asked
  const database = flowDatabase(given, integrationTables)
  const api = calledApi({ ...asked, url }, { clock, logger, observer: metrics.target })
  const flow = stockIntegration({
    ...{ clock, target: httpTarget(api), routes, idempotency, settleMs, retryTopic, retries: delaysMs.length },
    log: postgresConsumptionLog(database.pool, name),
    keysInRetry: postgresKeysInRetry(database.pool, { target: name, keptMs: kept.retriesKeptMs }),
    isMember: () => member.isMember(),
  })
  const chores = databaseChores({
    ...{ clock, logger, time: () => databaseTime(database.pool) },
    async lookAfter() {
      const { failed, needsAttention } = await unsettledRows(database.pool, name)
      metrics.target.unsettled(name, 'FAILED', failed)
      metrics.target.unsettled(name, 'NEEDS_ATTENTION', needsAttention)
      return forgetOldRows(database.pool, kept)
    },
  })
  const member = memberOfGroup(
    { ...given, clock },
    {
      ...{ name: 'integration', flow, notReady: database.notReady },
      topics: { group, topics, retryTopic, deadLetterTopic, delaysMs },
      begin() {
        database.start()
        chores.start()
      },
      end: chores.stop,
      async close() {
        chores.stop()
        await Promise.all([api.close(), database.close()])
      },
    },
  )
  return member
}
