import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { whenDeaf } from '../../../../operator/infrastructure/kubernetes/deaf-connection.ts'
import { until } from '../../../fixtures/until.ts'

const EVERY_MS = 10

describe('whenDeaf', () => {
  const watched = () => {
    const client = new EventEmitter()
    const lost: string[] = []
    whenDeaf(client, EVERY_MS, () => lost.push('lost'))
    return { client, lost }
  }

  it('tells once that an end which has answered PINGs answers none any more', async () => {
    const { client, lost } = watched()
    client.emit('ping', 1)
    await until('the loss', 5_000, async () => (lost.length > 0 ? true : undefined), EVERY_MS)
    await pause(EVERY_MS * 20)
    assert.deepEqual(lost, ['lost'])
  })

  it('says nothing of one that never answered, as HTTP/1.1 does not, nor of one that is closed', async () => {
    const [silent, closed] = [watched(), watched()]
    closed.client.emit('ping', 1)
    closed.client.emit('disconnect')
    await pause(EVERY_MS * 20)
    assert.deepEqual([silent.lost, closed.lost], [[], []])
  })
})
