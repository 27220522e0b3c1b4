import assert from 'node:assert/strict'
import { type CrdCluster, crdCluster } from './crd-cluster.ts'
import { type CrdObjects, crdObjects } from './crd-objects.ts'

const anEvent = (sequence: number) => ({
  id: `stock-uid-${sequence}`,
  type: 'io.kbnt.reservation.reserved.v1',
  sequence,
  key: 'shop/grinder',
  value: JSON.stringify({ note: 'x'.repeat(2_000) }),
  headers: { ce_specversion: '1.0', ce_id: `stock-uid-${sequence}` },
  timestampMs: 1_795_341_600_123,
  level: 'Normal',
  price: { amount: '89.90', currency: 'EUR' },
  topics: ['stock-audit-logs'],
})

describe('EventSpool on a real API server', () => {
  let cluster: CrdCluster
  let objects: CrdObjects

  before(async function () {
    this.timeout(60_000)
    cluster = await crdCluster()
    objects = await crdObjects(cluster, 'crd-event-spool')
  })
  after(async () => cluster?.stop())

  it('stores 256 complete events as they are', async () => {
    const spec = {
      stockUID: 'stock-uid',
      firstSequence: 7,
      events: Array.from({ length: 256 }, (_, i) => anEvent(i + 7)),
    }
    await objects.create('EventSpool', 'stock-uid-0000000000000007', spec)
    assert.deepEqual((await objects.get('EventSpool', 'stock-uid-0000000000000007')).spec, spec)
  })

  it('refuses a change, but not a label', async () => {
    await objects.create('EventSpool', 'fixed', { stockUID: 'stock-uid', firstSequence: 1, events: [anEvent(1)] })
    assert.deepEqual(await objects.refusedPatch('EventSpool', 'fixed', { spec: { firstSequence: 2 } }), [
      "spec: Forbidden: a spool can't be changed; the operator deletes it after delivery",
    ])
    await objects.done(['label', 'eventspool', 'fixed', 'seen=yes'])
  })
})
