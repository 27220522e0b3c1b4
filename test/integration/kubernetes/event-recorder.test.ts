import assert from 'node:assert/strict'
import type { KubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import {
  type ClusterEvent,
  EVENTS,
  type Occurrence,
} from '../../../operator/infrastructure/kubernetes/cluster-event.ts'
import { eventRecorder } from '../../../operator/infrastructure/kubernetes/event-recorder.ts'
import { resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import { steadyClock } from '../../../operator/infrastructure/kubernetes/timers.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { clientOf, makeNamespace } from './config-maps.ts'

describe('event recorder on a real API server', function () {
  this.timeout(30_000)
  let client: KubernetesClient

  const anOccurrence = (namespace: string, note: string): Occurrence => ({
    regarding: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace,
      name: 'box-1',
      uid: '11111111-1111-1111-1111-111111111111',
    },
    type: 'Warning',
    reason: 'TooSmall',
    action: 'Pack',
    note,
  })
  const aRecorder = () => {
    const dropped: string[] = []
    const recorder = eventRecorder({
      events: resourceClient<ClusterEvent>(client, EVENTS),
      source: { controller: 'example.io/controller', instance: 'pod-1' },
      clock: steadyClock(),
      random: Math.random,
      onDropped: (cause) => dropped.push(cause),
    })
    return { recorder, dropped }
  }

  before(() => {
    client = clientOf(testbed().kubeconfigPath)
  })

  after(() => client.close())

  it('leaves one Event with a series for many repeats, which kubectl shows', async () => {
    await makeNamespace(client, 'event-recorder')
    const { recorder, dropped } = aRecorder()
    for (let repeat = 0; repeat < 50; repeat += 1) {
      recorder.record(anOccurrence('event-recorder', `needs 5, has 3 · ${'€'.repeat(600)}`))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await recorder.stop(5_000)
    assert.deepEqual(dropped, [])
    const { items } = await resourceClient<ClusterEvent>(client, EVENTS).list({ namespace: 'event-recorder' })
    assert.equal(items.length, 1)
    const [event] = items as [ClusterEvent]
    assert.equal(event.series?.count, 50)
    assert.match(event.note, /^needs 5, has 3 · €+…$/)
    const { stdout } = await testbed().kubectl(['get', 'events', '-n', 'event-recorder'])
    assert.match(stdout, /Warning\s+TooSmall\s+configmap\/box-1\s+needs 5, has 3/)
  })

  it('drops events of a terminating namespace without holding up others', async () => {
    await makeNamespace(client, 'event-recorder-ending')
    await client.call({ method: 'DELETE', path: '/api/v1/namespaces/event-recorder-ending' })
    await makeNamespace(client, 'event-recorder-living')
    const { recorder, dropped } = aRecorder()
    recorder.record(anOccurrence('event-recorder-ending', 'unheard'))
    recorder.record(anOccurrence('event-recorder-living', 'heard'))
    await recorder.stop(5_000)
    assert.deepEqual(dropped, ['refused'])
    const { items } = await resourceClient<ClusterEvent>(client, EVENTS).list({ namespace: 'event-recorder-living' })
    assert.deepEqual(
      items.map(({ note }) => note),
      ['heard'],
    )
  })
})
