import { inMemoryConsumptionLog } from '../fakes/in-memory-consumption-log.ts'
import { inMemoryKeysInRetry } from '../fakes/in-memory-keys-in-retry.ts'
import { consumptionLogContract } from './consumption-log.contract.ts'
import { keysInRetryContract } from './keys-in-retry.contract.ts'

consumptionLogContract('in memory', async () => {
  const log = inMemoryConsumptionLog()
  return { log, another: log }
})

keysInRetryContract('in memory', async () => {
  const keys = inMemoryKeysInRetry()
  return { keys, another: keys }
})
