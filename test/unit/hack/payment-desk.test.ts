import assert from 'node:assert/strict'
import { aCall, aPayment } from '../../contracts/payments-under-test.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'
import { inMemoryPayments } from '../../fakes/in-memory-payments.ts'

describe('a payment desk that looks at keys alone', () => {
  it('takes money once more under another key, and under one that it has forgotten', async () => {
    const clock = fakeClock()
    const { provider, payments } = inMemoryPayments({
      ...{ name: 'acme', moves: 'once', keyWindowMs: 60_000, longestCallMs: 1_000 },
      ...{ clock, timeoutMs: 1_000, oncePerReference: false },
    })
    const charge = (key: string) => provider.charge(aPayment('uid-1'), aCall(key))
    await charge('k-1')
    await clock.advance(59_999)
    await charge('k-1')
    assert.equal(payments().length, 1)
    await charge('k-2')
    await clock.advance(1)
    await charge('k-1')
    assert.deepEqual(
      payments().map(({ state }) => state),
      ['taken', 'taken', 'taken'],
    )
  })
})
