import { inMemoryHistory } from '../fakes/in-memory-history.ts'
import { historyStoreContract } from './history-store.contract.ts'

historyStoreContract('in memory', async () => {
  const history = inMemoryHistory()
  return {
    store: history,
    ids: async () => [...history.rows.keys()].toSorted(),
    refuse: async (sequence) => history.refuses((row) => row.sequence === sequence),
  }
})
