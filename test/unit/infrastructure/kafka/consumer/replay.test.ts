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
  return { told, ...replay(memory, [{ ...partition, low: 0n, high, committed }], { error: assert.fail }) }
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

  it('passes by what the flow throws at, says so, and recalls the rest', () => {
    const [heard, said]: [string[], unknown[]] = [[], []]
    const memory = {
      begin() {},
      recall({ offset }: FlowMessage) {
        if (offset === 1n) throw new Error('poison')
        heard.push(String(offset))
      },
      recalled: () => void heard.push('all'),
    }
    const logger = { error: (_: string, fields?: Record<string, unknown>) => void said.push(fields?.['place']) }
    const { recall } = replay(memory, [{ ...partition, low: 0n, high: 3n, committed: 3n }], logger)
    assert.equal(recall(partition, messages.slice(0, 3), 2n), 3)
    assert.deepEqual(heard, ['0', '2', 'all'])
    assert.deepEqual(said, ['t/0/1'])
  })
})
