import assert from 'node:assert/strict'
import { systemClock } from '../../../../operator/infrastructure/clock/system-clock.ts'
import { noCredentials } from '../../../../operator/infrastructure/remote-api/credentials.ts'
import {
  type RemoteApi,
  type RemoteCall,
  remoteApi,
} from '../../../../operator/infrastructure/remote-api/remote-api.ts'
import type { RemoteApiOptions } from '../../../../operator/infrastructure/remote-api/remote-api-options.ts'
import { type OtherSide, otherSide } from '../../../fixtures/other-side.ts'

const aCall: RemoteCall = { asker: 'uid-1', method: 'POST', path: '/payments', body: '{}' }
const calm = () => new AbortController().signal

describe("what is not sent to somebody else's API", () => {
  let side: OtherSide
  let subjects: RemoteApi[]

  beforeEach(async () => {
    side = await otherSide()
    subjects = []
  })
  afterEach(async () => {
    await Promise.all(subjects.map((one) => one.close()))
    await side.close()
  })
  const target = (particular: Partial<RemoteApiOptions> = {}) => {
    const made = remoteApi(
      {
        ...{ name: 'east', url: side.url, timeoutMs: 10_000, concurrency: 4 },
        ...{ breaker: { failures: 3, openMs: 60_000 }, ...particular },
      },
      { clock: systemClock(), credentials: noCredentials, onState: () => undefined, onCall: () => undefined },
    )
    subjects.push(made)
    return made
  }

  it('is what may not be sent any more, and nobody is thought ill of for that', async () => {
    const subject = target()
    for (let times = 0; times < 4; times += 1) {
      const reply = await subject.call({ ...aCall, maySend: () => false }, calm())
      assert.deepEqual([reply.kind, reply.kind === 'unsent' && reply.cause], ['unsent', 'NotAllowed'])
    }
    assert.deepEqual([side.calls.length, subject.breaker], [0, 'closed'])
    assert.equal((await subject.call({ ...aCall, maySend: () => true }, calm())).kind, 'answered')
  })

  it('is asked about no earlier than a place is free', async () => {
    side.behave = () => ({ kind: 'take', afterMs: 50 })
    const subject = target({ concurrency: 1 })
    let answered = 0
    const first = subject.call(aCall, calm()).then(() => {
      answered += 1
    })
    const before: number[] = []
    const second = subject.call({ ...aCall, maySend: () => before.push(answered) > 0 }, calm())
    await Promise.all([first, second])
    assert.deepEqual(before, [1])
  })

  it('is the call of a handler that was over before', async () => {
    const over = AbortSignal.abort()
    assert.equal((await target().call(aCall, over)).kind, 'unsent')
    assert.equal(side.calls.length, 0)
  })

  it('is what comes when as many wait already as may wait', async () => {
    side.behave = () => ({ kind: 'take', afterMs: 50 })
    const subject = target({ concurrency: 1, maxWaiting: 1 })
    const replies = await Promise.all([1, 2, 3].map(() => subject.call(aCall, calm())))
    assert.deepEqual(
      replies.map((reply) => (reply.kind === 'unsent' ? reply.cause : reply.kind)),
      ['answered', 'answered', 'Busy'],
    )
    assert.deepEqual([side.calls.length, subject.breaker], [2, 'closed'])
  })
})
