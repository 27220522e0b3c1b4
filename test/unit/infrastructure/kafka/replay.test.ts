import assert from 'node:assert/strict'
import { replay } from '../../../../operator/infrastructure/kafka/consumer/replay.ts'

const partition = { topic: 'levels', partition: 0 }
const message = (offset: bigint) => ({ ...partition, offset, value: new Uint8Array(), headers: {}, timestampMs: 0 })

describe('replay', () => {
  it('passes by what the flow throws at, says so, and recalls the rest', () => {
    const [heard, said]: [string[], unknown[]] = [[], []]
    const memory = {
      begin() {},
      recall({ offset }: { offset: bigint }) {
        if (offset === 1n) throw new Error('poison')
        heard.push(String(offset))
      },
      recalled: () => void heard.push('all'),
    }
    const logger = { error: (_: string, fields?: Record<string, unknown>) => void said.push(fields?.['place']) }
    const subject = replay(memory, [{ ...partition, low: 0n, high: 3n, committed: 3n }], logger)
    assert.equal(subject.recall(partition, [message(0n), message(1n), message(2n)], 2n), 3)
    assert.deepEqual(heard, ['0', '2', 'all'])
    assert.deepEqual(said, ['levels/0/1'])
  })
})
