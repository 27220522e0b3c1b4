import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { faultOfSignature, type Hmac, signatureOf } from '../../../../operator/domain/virtualization/signature.ts'

const under =
  (secret: string): Hmac =>
  (text) =>
    createHmac('sha256', secret).update(text).digest('hex')
const hmac = under('a')
const facts = { messageId: 'm-1', userId: 'ana', namespace: 'desk', digest: 'd' }
const NOW = 1_700_000_000_000
const times = { nowMs: NOW, oldestMs: 60_000 }
const signature = signatureOf(hmac, facts, NOW)

describe('a signature of a gateway', () => {
  it('counts for what it was made of, also while secrets are changed', () => {
    assert.equal(faultOfSignature([hmac], signature, facts, times), undefined)
    assert.equal(faultOfSignature([under('new'), hmac], signature, facts, times), undefined)
  })

  it('counts for nothing else', () => {
    for (const [what, other] of Object.entries({ messageId: 'm-2', userId: 'bob', namespace: 'lab', digest: 'e' }))
      assert.match(faultOfSignature([hmac], signature, { ...facts, [what]: other }, times) ?? '', /another message/)
    assert.match(faultOfSignature([under('b')], signature, facts, times) ?? '', /another secret/)
    const earlier = signature.replace(String(NOW), String(NOW - 1))
    assert.match(faultOfSignature([hmac], earlier, facts, times) ?? '', /another message/)
  })

  it('is not one at all where it looks otherwise', () => {
    for (const text of ['', 'v1', `v2${signature.slice(2)}`, `${signature} `, 'v1 1 x'])
      assert.match(faultOfSignature([hmac], text, facts, times) ?? '', /not one of a gateway/)
  })

  it('counts no longer than what it was for is remembered', () => {
    const at = (nowMs: number, oldestMs = 60_000) => faultOfSignature([hmac], signature, facts, { nowMs, oldestMs })
    assert.equal(at(NOW + 60_000), undefined)
    assert.equal(at(NOW + 60_001), 'its signature is too old')
    assert.equal(at(NOW + 1e12, 0), undefined)
    assert.equal(at(NOW - 60_001), 'its signature is of times to come')
  })
})
