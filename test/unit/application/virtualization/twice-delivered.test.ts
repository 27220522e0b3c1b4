import assert from 'node:assert/strict'
import { clockSkew } from '../../../../operator/application/clock-skew.ts'
import { requestMemory } from '../../../../operator/application/virtualization/request-memory.ts'
import type { RequestStore } from '../../../../operator/application/virtualization/request-store.ts'
import { requestRetirement } from '../../../../operator/application/virtualization/retire-requests.ts'
import type { RequestStatus } from '../../../../operator/domain/virtualization/resource-request.ts'
import { inMemoryProcessedMessages } from '../../../fakes/in-memory-processed-messages.ts'
import { inMemoryRequests } from '../../../fakes/in-memory-requests.ts'
import { aRequest, sha256 } from '../../../fixtures/request-builders.ts'
import { aFlow, HOUR, sent } from './taking-flow.ts'

const MINUTE = 60_000

/** Workers and an operator that keeps no request that is over, beside one memory. */
function aSite() {
  const requests = inMemoryRequests()
  const processed = inMemoryProcessedMessages()
  /** How often each was made: what is to be one at most. */
  const made: string[] = []
  const store: RequestStore = {
    async create({ namespace, name, spec, origin }) {
      const present = requests.stored(`${namespace}/${name}`)
      if (present) return { kind: 'there', message: present.spec }
      made.push(spec.messageId)
      const marked = aRequest({ namespace, name, uid: `uid-${made.length}`, ...(origin && { origin }) })
      requests.put({ ...marked, spec })
      return { kind: 'made' }
    },
    find: async () => ({ kind: 'none' }),
  }
  const worker = aFlow('as sent', { store, processed })
  const { clock } = worker
  const skew = clockSkew(clock)
  const voices = { onRetry: () => undefined, onTrouble: () => undefined }
  const operator = () =>
    requestRetirement({
      ...{ requests, clock, skew, ...voices, retention: { keepFinishedMs: 1, keepFinishedMax: 0 } },
      memory: requestMemory({ processed, clock, sha256, keptMs: HOUR, ...voices }),
    })
  const completed = (): RequestStatus => ({
    ...{ observedGeneration: 1, phase: 'Completed', reason: 'Running', message: '', steps: 1, published: 1 },
    ...{ history: [], conditions: [], completedAt: new Date(clock.now() - 10).toISOString() },
  })
  function completeAll(): void {
    for (const request of [...requests.all()]) requests.put({ ...request, status: completed() })
  }
  /** Some minutes of an operator that lives. */
  async function sweeps(retire: () => Promise<unknown>, minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      skew.observe(clock.now())
      await retire()
      await clock.advance(MINUTE)
    }
  }
  return { ...worker, requests, processed, made, operator, completeAll, sweeps, left: () => [...requests.all()].length }
}

describe('a message that is delivered twice', () => {
  it('is done once, whether its request is under way, over, or long gone', async () => {
    const { handle, operator, completeAll, sweeps, made, left } = aSite()
    const retire = operator()
    await handle()
    await sweeps(retire, 2)
    assert.equal((await handle()).kind, 'done')
    completeAll()
    await sweeps(retire, 1)
    assert.equal((await handle()).kind, 'done')
    await sweeps(retire, 5)
    assert.equal(left(), 0)
    assert.equal((await handle()).kind, 'done')
    assert.deepEqual(made, ['m-1'])
  })

  it('is done once when its worker dies before it commits, and nobody reads for long', async () => {
    const { handle, operator, completeAll, sweeps, made, left } = aSite()
    await handle() // and its offset is not committed
    completeAll()
    await sweeps(operator(), 6)
    assert.equal(left(), 0)
    assert.equal((await handle()).kind, 'done')
    assert.deepEqual(made, ['m-1'])
  })

  it('is done once when the operator ends between the row and the end of the request', async () => {
    const { handle, operator, completeAll, sweeps, made, left, processed } = aSite()
    await handle()
    completeAll()
    await sweeps(operator(), 1)
    assert.deepEqual([processed.rows.size, left()], [1, 1])
    await sweeps(operator(), 3)
    assert.equal(left(), 1, 'its follower waits for as long')
    assert.equal((await handle()).kind, 'done')
    await sweeps(operator(), 6)
    assert.deepEqual([left(), (await handle()).kind, made], [0, 'done', ['m-1']])
  })

  it('keeps its request while the database is away, and waits there', async () => {
    const { handle, operator, completeAll, sweeps, made, left, processed } = aSite()
    const retire = operator()
    await handle()
    completeAll()
    processed.fail(new Error('no route'))
    await sweeps(retire, 60)
    assert.equal(left(), 1)
    assert.equal((await handle()).kind, 'wait')
    processed.fail(undefined)
    await sweeps(retire, 6)
    assert.deepEqual([left(), (await handle()).kind, made], [0, 'done', ['m-1']])
  })

  it('is made once by two workers of which one has looked before the other began, and is as slow as may be', async () => {
    const { flow, message, handle, operator, completeAll, sweeps, made, clock, left } = aSite()
    const slow = message(sent)
    await flow.ahead?.([slow], new AbortController().signal) // and then it waits for its turn
    await handle()
    completeAll()
    await sweeps(operator(), 6)
    assert.equal(left(), 0)
    await clock.advance(1)
    assert.equal((await flow.handle(slow, new AbortController().signal)).kind, 'done')
    assert.deepEqual(made, ['m-1'])
  })
})
