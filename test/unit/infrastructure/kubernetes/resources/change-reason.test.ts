import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { StatedChange } from '../../../../../operator/domain/stock/terms.ts'
import {
  changeReasons,
  statedChanges,
} from '../../../../../operator/infrastructure/kubernetes/resources/change-reason.ts'

const price = { amount: '2.50', currency: 'EUR' }

const written = ({ reason, requestId, ...change }: StatedChange) =>
  changeReasons(change, { reason, requestId }) as Readonly<Record<string, string>>
const statedOf = (change: StatedChange) => statedChanges(written(change))
const inText = (text: string) =>
  statedChanges(
    Object.fromEntries(['quantity', 'price', 'paused'].map((one) => [`kbnt.io/change-reason-${one}`, text])),
  )

describe('the reason of a change, in an annotation', () => {
  it('is read as it was written, with what was changed', () => {
    for (const change of [
      { quantity: 50, reason: 'delivery' },
      { quantity: 50, reason: 'delivery', requestId: 'request-1' },
      { price, reason: 'Räumungsverkauf “−20 %”' },
      { paused: false, reason: '🫖'.repeat(256) },
      { reason: '\u0000'.repeat(256), quantity: Number.MAX_SAFE_INTEGER },
    ])
      assert.deepEqual(statedOf(change), [change])
  })

  it('takes no place of one for another change, and goes with the next one of the same', () => {
    const before = { ...written({ quantity: 50, reason: 'delivery' }), ...written({ price, reason: 'sale' }) }
    const stated = statedChanges(before)
    assert.deepEqual(stated, [
      { quantity: 50, reason: 'delivery' },
      { price, reason: 'sale' },
    ])
    assert.deepEqual(changeReasons({ quantity: 50 }, {}), { 'kbnt.io/change-reason-quantity': null })
    assert.deepEqual(changeReasons({ paused: false }, { reason: '' }), { 'kbnt.io/change-reason-paused': null })
  })

  it('counts only for what the annotation is of', () => {
    assert.deepEqual(statedChanges({ 'kbnt.io/change-reason-price': '{"quantity":50,"reason":"delivery"}' }), [])
  })

  const unusable: readonly (readonly [title: string, text: string])[] = [
    ['of an empty annotation', ''],
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
    it(`is none ${title}`, () => assert.deepEqual(inText(text), []))
  }

  it('has no half characters, which no API server would store in a journal', () => {
    assert.equal(inText('{"paused":true,"reason":"\\ud83d!"}')[0]?.reason, '\ufffd!')
  })

  it('is never a fault, whatever somebody writes there', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        inText(text)
        return true
      }),
    )
  })
})
