import assert from 'node:assert/strict'
import { usualLimits } from '../../../../../operator/infrastructure/kafka/consumer/consumer-options.ts'
import { fetchSizes } from '../../../../../operator/infrastructure/kafka/consumer/consumer-session.ts'

const MIB = 1024 * 1024
const BROKERS = 3

describe('what a consumer may take', () => {
  it('is five minutes for a message, and ten seconds without a word to its group', () => {
    assert.deepEqual([usualLimits.mostHandlingMs, usualLimits.sessionMs], [5 * 60_000, 10_000])
  })

  it('is 128 MiB of memory with three brokers, whatever hangs', () => {
    const workedOn = BROKERS * fetchSizes.maxBytes
    const nextOnes = BROKERS * fetchSizes.maxBytes
    assert.ok(workedOn + nextOnes + usualLimits.mostHeldBytes <= 128 * MIB)
    assert.ok(fetchSizes.maxBytesPerPartition <= fetchSizes.maxBytes)
  })
})
