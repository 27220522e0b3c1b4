import { inMemoryLogIndex } from '../fakes/in-memory-log-index.ts'
import { logIndexContract } from './log-index.contract.ts'

const index = inMemoryLogIndex()
logIndexContract('in memory', () => ({
  index,
  find: async (document) => index.documents.get(`${document.index}/${document.id}`)?.source,
}))
