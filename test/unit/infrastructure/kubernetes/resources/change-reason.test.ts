import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  changeReasonText,
  statedChangeOf,
} from '../../../../../operator/infrastructure/kubernetes/resources/change-reason.ts'

const price = { amount: '2.50', currency: 'EUR' }

describe('the reason of a change, in an annotation', () => {
  it('is read as it was written, with what was changed', () => {
    for (const change of [
      { quantity: 50, reason: 'delivery' },
      { price, reason: 'Räumungsverkauf “−20 %”' },
      { paused: false, reason: '🫖'.repeat(256) },
      { reason: '\u0000'.repeat(256), quantity: Number.MAX_SAFE_INTEGER },
    ])
      assert.deepEqual(statedChangeOf(changeReasonText(change)), change)
  })

  const unusable: readonly (readonly [title: string, text: string | undefined])[] = [
    ['where there is no annotation', undefined],
    ['of a text that is no JSON', 'delivery'],
    ['of a list', '["delivery"]'],
    ['of null', 'null'],
    ['without words', '{"quantity":50}'],
    ['of no words', '{"quantity":50,"reason":""}'],
    ['of words that are no text', '{"quantity":50,"reason":{}}'],
    ['for less than nothing', '{"quantity":-1,"reason":"delivery"}'],
    ['for a price that is none', '{"price":{"amount":"1e9","currency":"EUR"},"reason":"sale"}'],
    ['that is too long', JSON.stringify({ quantity: 50, reason: 'x'.repeat(257) })],
    ['behind too much else', JSON.stringify({ quantity: 50, reason: 'x', more: 'x'.repeat(4_096) })],
  ]
  for (const [title, text] of unusable) {
    it(`is none ${title}`, () => assert.equal(statedChangeOf(text), undefined))
  }

  it('has no half characters, which no API server would store in a journal', () => {
    assert.equal(statedChangeOf('{"paused":true,"reason":"\\ud83d!"}')?.reason, '\ufffd!')
  })

  it('is never a fault, whatever somebody writes there', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        statedChangeOf(text)
        return true
      }),
    )
  })
})
