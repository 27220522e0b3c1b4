import assert from 'node:assert/strict'
import { isKeyed, orderNameOf } from '../../../../operator/domain/gateway/order-name.ts'

describe('the name of an order', () => {
  const digest = 'abcdefghijklmnopqrstuvwxyz234567'.repeat(2).slice(0, 51)

  it('is known again, with the hash of what was ordered', () => {
    assert.equal(isKeyed(orderNameOf(digest), digest), true)
  })

  it('is no random one, and none that somebody has chosen', () => {
    for (const name of [
      `r-${digest.slice(0, 26)}`,
      'r-order',
      orderNameOf(digest).toUpperCase(),
      `x${orderNameOf(digest)}`,
    ])
      assert.equal(isKeyed(name, digest), false, name)
    for (const hash of [undefined, '', digest.slice(1), digest.toUpperCase()])
      assert.equal(isKeyed(orderNameOf(digest), hash), false)
  })
})
