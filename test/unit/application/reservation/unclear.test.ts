import assert from 'node:assert/strict'
import { unclear } from '../../../../operator/application/reservation/unclear.ts'
import { aReservation, aSpec } from '../../../fixtures/builders.ts'

describe('reservations that can not be read', () => {
  const items = ['bread', 'never'].map((stock) => ({ stockNamespace: 'shop', stock, quantity: 1 }))
  const known = aReservation({ uid: 'r1', spec: aSpec({ items }) })
  const nonsense = { ...known, unreadable: 'status.expiresAt is NaN' }

  function aMemory(unknown: readonly string[] = []) {
    const retaken: string[] = []
    const retake = (key: string) => {
      if (unknown.includes(key)) return false
      retaken.push(key)
      return true
    }
    return { retaken, subject: unclear(retake) }
  }

  it('are left alone until their home is taken over with what they have, and remembered until the others are', () => {
    const { subject, retaken } = aMemory()
    for (const key of ['shop/bread', 'shop/milk']) subject.takenOver(key, nonsense)
    assert.deepEqual([subject.isUnclear(nonsense), retaken], [true, []])
    assert.deepEqual([subject.isUnclear(known), retaken], [true, ['shop/bread', 'shop/milk']])
    subject.takenOver('shop/bread', known)
    assert.deepEqual([subject.isUnclear(known), subject.has('r1')], [false, true])
    subject.takenOver('shop/milk', known)
    assert.equal(subject.has('r1'), false)
  })

  it('wait for no stock that is not there', () => {
    const { subject, retaken } = aMemory(['shop/never'])
    for (const key of ['shop/never', 'shop/bread']) subject.takenOver(key, nonsense)
    assert.deepEqual([subject.isUnclear(known), retaken], [true, ['shop/bread']])
    subject.takenOver('shop/bread', known)
    assert.equal(subject.isUnclear(known), false)
  })

  it('have their stocks counted again when they are gone, once', () => {
    const { subject, retaken } = aMemory()
    subject.takenOver('shop/bread', nonsense)
    subject.gone(nonsense)
    subject.gone(nonsense)
    assert.deepEqual([retaken, subject.isUnclear(known)], [['shop/bread'], false])
  })

  it('trouble nobody when they could be read at each takeover', () => {
    const { subject, retaken } = aMemory()
    subject.takenOver('shop/bread', known)
    subject.gone(known)
    assert.deepEqual([subject.isUnclear(known), retaken], [false, []])
  })
})
