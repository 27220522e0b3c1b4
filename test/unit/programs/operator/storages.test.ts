import assert from 'node:assert/strict'
import { clockSkew } from '../../../../operator/application/clock-skew.ts'
import { type StorageWorkParts, storageWork } from '../../../../operator/programs/operator/storages.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const named = (namespace: string, name: string, deletionTimestamp?: string) => ({
  metadata: { namespace, name, ...(deletionTimestamp && { deletionTimestamp }) },
  spec: {},
})
const ten = '2026-11-02T10:00:00Z'
const there = [named('a', 'data', ten), named('a', 'kept'), named('b', 'other', ten)]

function someWork() {
  const clock = fakeClock()
  const enqueued: string[] = []
  const cache = { list: () => there, get: () => undefined, unlisted: new Map(), stop: async () => undefined }
  const logger = { child: () => logger }
  const parts = {
    ...{ clock, skew: clockSkew(clock), logger, outlet: {}, gauges: {}, caches: {}, machines: {} },
    settings: { provider: 'Simulated', classes: {}, policies: {}, maxTries: 5, simulated: {} },
    api: { storageCache: () => cache, cacheOf: () => cache, clients: {}, client: {}, recordStorage: () => undefined },
    ...{ onSeen: () => undefined, enqueue: (key: string) => enqueued.push(key) },
  }
  return { enqueued, work: storageWork(parts as unknown as StorageWorkParts) }
}

describe('the storages that a leader looks after', () => {
  it('are looked at again where they are deleted, once all machines of their namespace were seen', () => {
    const { work, enqueued } = someWork()
    work.machinesListed('a')
    assert.deepEqual(enqueued, ['a/data'])
    work.machinesListed(undefined)
    assert.deepEqual(enqueued, ['a/data', 'a/data', 'b/other'])
  })
})
