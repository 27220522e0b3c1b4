import assert from 'node:assert/strict'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import {
  type GroupOffsets,
  type GroupProgress,
  groupProgress,
} from '../../../../../operator/application/gateway/requests/group-progress.ts'
import { trackRequest } from '../../../../../operator/application/gateway/requests/track-request.ts'
import { fakeClock } from '../../../../fakes/fake-clock.ts'

const names = { topic: 'asks', retryTopic: 'again', deadLetterTopic: 'dead' }

function aGroup() {
  const clock = fakeClock()
  const world = { next: 0n, retrying: 0, reads: 0, away: false }
  const read = async (): Promise<GroupOffsets> => {
    world.reads += 1
    if (world.away) throw new Error('no brokers')
    return { next: new Map([[0, world.next]]), retrying: world.retrying }
  }
  const progress: GroupProgress = groupProgress({ read, clock })
  const track = (at: string) => trackRequest({ progress, names }, { namespace: 'desk', name: 'vr-1', at })
  return { world, clock, progress, track }
}

describe('a request that is on its way through Kafka', () => {
  it('has as many before it as the workers have not done', async () => {
    const { world, clock, track } = aGroup()
    world.next = 5n
    const found = await track('0-7')
    assert.deepEqual([found?.status, found?.queuePosition, found?.requestId], ['Queued', 3, 'vr-1'])
    await clock.advance(1_000)
    world.next = 7n
    assert.equal((await track('0-7'))?.queuePosition, 1)
  })

  it('is nowhere in a partition that the topic has not', async () => {
    assert.equal(await aGroup().track('3-7'), undefined)
  })

  it('is not accepted when its message was done ten seconds ago and there is no request', async () => {
    const { world, clock, track } = aGroup()
    world.next = 8n
    const fresh = await track('0-7')
    assert.deepEqual([fresh?.status, fresh?.queuePosition], ['Queued', undefined])
    await clock.advance(9_999)
    assert.equal((await track('0-7'))?.status, 'Queued')
    await clock.advance(1)
    const late = await track('0-7')
    assert.equal(late?.status, 'NotAccepted')
    assert.match(late?.message ?? '', /dead says why/)
    assert.equal((await track('0-8'))?.queuePosition, 1, 'the next one is still to come')
  })

  it('may be tried again while anything waits for that', async () => {
    const { world, clock, track } = aGroup()
    world.next = 8n
    world.retrying = 2
    await track('0-7')
    await clock.advance(60_000)
    const found = await track('0-7')
    assert.equal(found?.status, 'Queued')
    assert.match(found?.message ?? '', /2 messages wait in again/)
  })

  it('is asked for at the brokers once a second for all, and at no time while nobody asks', async () => {
    const { world, clock, progress } = aGroup()
    await Promise.all([progress.look(), progress.look(), progress.look()])
    assert.equal(world.reads, 1)
    await clock.advance(999)
    await progress.look()
    assert.equal(world.reads, 1)
    await clock.advance(60_000)
    assert.equal(world.reads, 1)
    await progress.look()
    assert.equal(world.reads, 2)
  })

  it('is known by what was seen long ago, too, however often it was asked for since', async () => {
    const { world, clock, progress } = aGroup()
    world.next = 3n
    for (let second = 0; second < 100; second += 1) {
      await progress.look()
      await clock.advance(1_000)
    }
    world.next = 9n
    const look = await progress.look()
    assert.deepEqual([look.wasDone(0, 2n), look.wasDone(0, 3n), look.wasDone(0, 8n)], [true, false, false])
  })

  it('is told by nobody while the brokers do not answer, and again when they do', async () => {
    const { world, track } = aGroup()
    world.away = true
    const error = await track('0-7').catch((caught: unknown) => caught)
    assert.ok(error instanceof Problem)
    assert.deepEqual([error.status, error.reason], [503, 'KafkaAway'])
    world.away = false
    assert.equal((await track('0-0'))?.queuePosition, 1)
  })
})
