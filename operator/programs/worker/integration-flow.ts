import { stockIntegration } from '../../application/integration/stock-integration.ts'
import { httpTarget } from '../../infrastructure/integration-target/http-target.ts'
import { accessTokens } from '../../infrastructure/kafka/access-tokens.ts'
import { topicConsumer } from '../../infrastructure/kafka/consumer/topic-consumer.ts'
import { forgetOldRows, unsettledRows } from '../../infrastructure/postgres/integration/old-rows.ts'
import { postgresConsumptionLog } from '../../infrastructure/postgres/integration/postgres-consumption-log.ts'
import { postgresKeysInRetry } from '../../infrastructure/postgres/integration/postgres-keys-in-retry.ts'
import { integrationTables } from '../../infrastructure/postgres/integration-tables.ts'
import { noCredentials, tokenInFile, tokensFrom } from '../../infrastructure/remote-api/credentials.ts'
import { remoteApi } from '../../infrastructure/remote-api/remote-api.ts'
import type { Credentials } from '../../infrastructure/remote-api/remote-api-options.ts'
import type { TargetSettings } from '../../infrastructure/settings/integration-settings.ts'
import { flowDatabase } from './flow-database.ts'
import { deadLetters, flowTopics } from './flow-topics.ts'
import type { FlowParts, RunningFlow } from './running-flow.ts'

/** Rows are counted, and old ones taken away, this often. */
const LOOK_AFTER_MS = 30_000

/** Events of stocks, told to somebody else's API. Throws where settings name no target, or no such database. */
export function integrationFlow(given: FlowParts): RunningFlow {
  const { settings, kafka, clock, logger, metrics } = given
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
  const api = remoteApi(
    { ...asked, url },
    {
      ...{ clock, credentials: credentialsOf(asked) },
      onState: (state) => {
        metrics.target.breaker(name, state)
        logger.warn('the circuit breaker has changed', { target: name, state })
      },
      onCall: (result, seconds) => metrics.target.called(name, result, seconds),
    },
  )
  metrics.target.breaker(name, api.breaker)
  const flow = stockIntegration({
    ...{ clock, target: httpTarget(api), routes, idempotency, settleMs, retryTopic, retries: delaysMs.length },
    log: postgresConsumptionLog(database.pool, name),
    keysInRetry: postgresKeysInRetry(database.pool, { target: name, keptMs: kept.retriesKeptMs }),
    isMember: () => consumer.isMember(),
  })
  const consumer = topicConsumer({
    ...{ flow, connection: kafka, clock, logger, observer: metrics.consumer(group) },
    ...{ group, topics, retryTopic, deadLetterTopic, delaysMs },
  })
  const notReady = () => database.notReady() ?? consumer.notReady()
  metrics.readFrom({
    ...{ group, lags: consumer.lags, waiting: consumer.waiting },
    ready: () => notReady() === undefined,
  })

  let rest = () => {}
  async function lookAfterRows(): Promise<void> {
    try {
      const { failed, needsAttention } = await unsettledRows(database.pool, name)
      metrics.target.unsettled(name, 'FAILED', failed)
      metrics.target.unsettled(name, 'NEEDS_ATTENTION', needsAttention)
      const gone = await forgetOldRows(database.pool, kept)
      if (gone > 0) logger.info('old rows are gone', { rows: gone })
    } catch (error) {
      logger.debug('rows can not be looked after now', { error }) // the flow says so, too
    }
    rest = clock.schedule(LOOK_AFTER_MS, () => void lookAfterRows())
  }

  return {
    name: 'integration',
    start() {
      flowTopics({ kafka, clock, logger }, [deadLetters(retryTopic), deadLetters(deadLetterTopic)])
      database.start()
      consumer.start()
      rest = clock.schedule(LOOK_AFTER_MS, () => void lookAfterRows())
    },
    notReady,
    stuck: consumer.stuck,
    async stop(graceMs) {
      rest()
      const clean = await consumer.stop(graceMs)
      rest()
      await Promise.all([api.close(), database.close()])
      return clean
    },
  }
}

function credentialsOf({ tokenFile, oauth }: TargetSettings): Credentials {
  if (oauth) return tokensFrom(() => accessTokens(oauth))
  return tokenFile === undefined ? noCredentials : tokenInFile(tokenFile)
}
