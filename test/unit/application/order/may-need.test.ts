import assert from 'node:assert/strict'
import { mayNeedHold } from '../../../../operator/application/order/may-need.ts'
import { anOrder } from '../../../fixtures/order-builders.ts'
import { aSaga, declined, yes } from '../../../fixtures/order-saga.ts'

describe('mayNeedHold', () => {
  it('is so of an order that is not over', () => assert.equal(mayNeedHold(anOrder(), true), true))

  it('is not so of one that is over', () => {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [declined] })
    assert.equal(mayNeedHold(saga.order, true), false)
  })

  it('is not so of one that is gone', () => assert.equal(mayNeedHold(undefined, true), false))

  it('may be so where the orders of a namespace could not be listed', () =>
    assert.equal(mayNeedHold(undefined, false), true))
})
