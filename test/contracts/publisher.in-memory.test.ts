import { inMemoryPublisher } from '../fakes/in-memory-publisher.ts'
import { publisherContract } from './publisher.contract.ts'

publisherContract('inMemoryPublisher', async () => {
  const publisher = inMemoryPublisher()
  publisher.refuse('forbidden', 'not allowed')
  return {
    publisher,
    topics: ['one', 'two'],
    refusing: 'forbidden',
    read: async (topic) => publisher.messages(topic),
    end: () => publisher.close(),
  }
})
