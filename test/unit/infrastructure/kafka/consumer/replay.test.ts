import assert from 'node:assert/strict'
import type { FlowMessage } from '../../../../../operator/application/flow/flow.ts'
import { replay } from '../../../../../operator/infrastructure/kafka/consumer/replay.ts'

const partition = { topic: 't', partition: 0 }
const messages: FlowMessage[] = [0, 1, 2, 3].map((offset) => ({
  ...{ ...partition, offset: BigInt(offset), value: new Uint8Array(), headers: {}, timestampMs: 0 },
}))

function site(committed: bigint, high: bigint) {
  const told: string[] = []
  const memory = {
    begin: () => undefined,
    recall: ({ offset }: FlowMessage) => told.push(String(offset)),
    recalled: () => told.push('all'),
  }
  return { told, ...replay(memory, [{ ...partition, low: 0n, high, committed }]) }
}

describe('replay', () => {
  it('recalls what was committed, and no more', () => {
    const { told, recall } = site(2n, 4n)
    assert.equal(recall(partition, messages, 3n), 2)
    assert.deepEqual(told, ['0', '1', 'all'])
  })

  it('recalls no more than there was of a log that was cut, also when it has grown since', () => {
    const { told, recall } = site(100n, 3n)
    assert.equal(recall(partition, messages, 3n), 3)
    assert.deepEqual(told, ['0', '1', '2', 'all'])
  })

  it('is over at once where a log is empty', () => {
    const { told, starts } = site(100n, 0n)
    assert.deepEqual(starts, [])
    assert.deepEqual(told, ['all'])
  })
})
