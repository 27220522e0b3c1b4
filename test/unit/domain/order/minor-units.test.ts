import assert from 'node:assert/strict'
import { inMinorUnits, inMoney } from '../../../../operator/domain/order/minor-units.ts'

describe('amounts in minor units', () => {
  const cases = [
    { amount: '698.00', currency: 'EUR', want: 69_800 },
    { amount: '698', currency: 'EUR', want: 69_800 },
    { amount: '0.05', currency: 'USD', want: 5 },
    { amount: '1.250000', currency: 'EUR', want: 125 },
    { amount: '1.255', currency: 'EUR', want: undefined },
    { amount: '1.255', currency: 'KWD', want: 1_255 },
    { amount: '500', currency: 'JPY', want: 500 },
    { amount: '500.5', currency: 'JPY', want: undefined },
    { amount: '0.00', currency: 'EUR', want: undefined },
    { amount: '99999999999999.99', currency: 'EUR', want: undefined },
  ]
  for (const { amount, currency, want } of cases) {
    it(`counts ${amount} ${currency} as ${want ?? 'nothing that can be paid'}`, () => {
      assert.equal(inMinorUnits({ amount, currency })?.minor, want)
    })
  }

  for (const amount of ['698.00', '0.05', '12.30'])
    it(`reads ${amount} EUR back as it was`, () => {
      const minor = inMinorUnits({ amount, currency: 'EUR' })
      assert.deepEqual(minor && inMoney(minor), { amount, currency: 'EUR' })
    })

  it('has no point where a currency has no smaller coin', () => {
    assert.deepEqual(inMoney({ minor: 500, currency: 'JPY' }), { amount: '500', currency: 'JPY' })
  })
})
