import { inMemoryProcessedMessages } from '../fakes/in-memory-processed-messages.ts'
import { processedMessagesContract } from './processed-messages.contract.ts'

processedMessagesContract('in memory', async () => {
  const processed = inMemoryProcessedMessages()
  return { processed, another: processed }
})
