import assert from 'node:assert/strict'
import { flagLines } from '../../../../operator/infrastructure/settings/setting-sources.ts'

describe('the flags that a program explains', () => {
  it('are told with what they take and the variable that does the same', () => {
    assert.match(flagLines('operator'), /--kafka-brokers HOST:PORT,….*\[KBNT_KAFKA_BROKERS]/)
  })

  it('are those that are for it', () => {
    const portOrFlows = (program: string) => /^ {2}--(port|flows) /m.exec(flagLines(program))?.[1]
    assert.deepEqual(['operator', 'gateway', 'worker'].map(portOrFlows), [undefined, 'port', 'flows'])
  })

  it('are told as it takes them', () => {
    assert.match(flagLines('worker'), /--kafka-brokers HOST:PORT,… +Kafka to read from; required \[/)
    assert.match(flagLines('operator'), /--kafka-brokers HOST:PORT,… +Kafka to publish to; none: the log \[/)
  })
})
