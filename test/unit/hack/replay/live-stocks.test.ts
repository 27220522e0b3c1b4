import assert from 'node:assert/strict'
import { differences, type KeptBalances, type LiveStock } from '../../../../hack/replay/live-stocks.ts'

const live: LiveStock = {
  ...{ books: 'its status', about: 'shop/cup', uid: 'u', sequence: 7, told: 7 },
  ...{ quantity: 10, reserved: 2, confirmed: 1 },
}
const same = { quantity: 10, reserved: 2, confirmed: 1 }

const found = (last: number | undefined, kept: KeptBalances | undefined, stock: Partial<LiveStock> = {}) =>
  differences({ last: async () => last, at: async (_, sequence) => (sequence === 7 ? kept : undefined) }, [
    { ...live, ...stock },
  ])

describe('a rebuilt history beside the live books', () => {
  it('is the same where it says the same of the decision that the books are at, also where it knows later ones', async () => {
    assert.deepEqual(await found(7, same), [])
    assert.deepEqual(await found(9, same), [])
  })

  it('differs where it says something else of that decision, and each number is named', async () => {
    assert.deepEqual(await found(7, { ...same, reserved: 3, quantity: 11 }), [
      'shop/cup: after decision 7 its history and its status say quantity 11 and 10, reserved 3 and 2',
    ])
  })

  it('lacks what was told to the topic', async () => {
    assert.deepEqual(await found(5, undefined), [
      'shop/cup: its history ends at decision 5, and its status says that 7 was told to the topic',
    ])
    assert.equal((await found(undefined, undefined)).length, 1)
  })

  it('may end before what was not told yet, and begin after what the books are at', async () => {
    assert.deepEqual(await found(5, undefined, { told: 5 }), [])
    assert.deepEqual(await found(undefined, undefined, { told: 0 }), [])
    assert.deepEqual(await found(9, undefined), [])
  })
})
