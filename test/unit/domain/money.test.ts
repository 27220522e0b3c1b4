import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isAbove, type Money, multiplied, samePrice, summed } from '../../../operator/domain/money.ts'

const eur = (amount: string): Money => ({ amount, currency: 'EUR' })
const usd = (amount: string): Money => ({ amount, currency: 'USD' })

const anAmount = fc
  .tuple(fc.bigInt({ min: 0n, max: 999_999_999_999_999n }), fc.integer({ min: 0, max: 6 }))
  .chain(([whole, places]) =>
    fc
      .integer({ min: 0, max: 10 ** places - 1 })
      .map((part) => (places === 0 ? `${whole}` : `${whole}.${String(part).padStart(places, '0')}`)),
  )

/** The amount in 10⁻⁶, by another way than the code's own. */
function millionths(amount: string): bigint {
  const [whole = '', part = ''] = amount.split('.')
  return BigInt(whole) * 1_000_000n + BigInt(`${part}000000`.slice(0, 6))
}

describe('multiplied', () => {
  const products: readonly [string, number, string][] = [
    ['150.00', 2_000, '300000.00'],
    ['0.1', 3, '0.3'],
    ['0.07', 100, '7.00'],
    ['1.15', 100, '115.00'],
    ['349', 2, '698'],
    ['0.000001', 1, '0.000001'],
    ['0.045', 0, '0.000'],
    ['7', 0, '0'],
    ['0.5', 1, '0.5'],
    ['12.345678', 10, '123.456780'],
  ]
  for (const [amount, units, want] of products) {
    it(`makes ${want} of ${units} units at ${amount}`, () => {
      assert.deepEqual(multiplied(eur(amount), units), eur(want))
    })
  }

  it('keeps every digit of sums far above what floating point can tell apart', () => {
    assert.deepEqual(
      multiplied(eur('999999999999999.999999'), Number.MAX_SAFE_INTEGER),
      eur('9007199254740990999990992800745.259009'),
    )
  })

  it('is exact for every price and count, with as many places as the price has', () => {
    fc.assert(
      fc.property(anAmount, fc.maxSafeNat(), (amount, units) => {
        const product = multiplied(eur(amount), units)
        assert.equal(millionths(product.amount), millionths(amount) * BigInt(units))
        assert.equal(product.amount.split('.')[1]?.length, amount.split('.')[1]?.length)
        assert.match(product.amount, /^(0|[1-9][0-9]*)(\.[0-9]+)?$/)
      }),
    )
  })
})

describe('summed', () => {
  it('gives one sum for each currency, in alphabetical order', () => {
    assert.deepEqual(summed([usd('1.50'), eur('2'), usd('0.5'), { amount: '7', currency: 'CHF' }]), [
      { amount: '7', currency: 'CHF' },
      eur('2'),
      usd('2.00'),
    ])
  })

  it('has as many places as the most precise amount, wherever that stands', () => {
    assert.deepEqual(summed([eur('1.25'), eur('1')]), [eur('2.25')])
    assert.deepEqual(summed([eur('1'), eur('1.250')]), [eur('2.250')])
  })

  it('adds tenths without the error of floating point', () => {
    assert.deepEqual(summed([eur('0.1'), eur('0.2')]), [eur('0.3')])
  })

  it('has no sum for no amounts', () => assert.deepEqual(summed([]), []))

  it('does not depend on the order, and loses nothing', () => {
    const amounts = fc.array(fc.record({ amount: anAmount, currency: fc.constantFrom('CHF', 'EUR', 'USD') }), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(amounts, (all) => {
        assert.deepEqual(summed(all), summed([...all].reverse()))
        for (const { amount, currency } of summed(all)) {
          const want = all
            .filter((one) => one.currency === currency)
            .reduce((sum, one) => sum + millionths(one.amount), 0n)
          assert.equal(millionths(amount), want)
        }
      }),
    )
  })
})

describe('isAbove', () => {
  const comparisons: readonly [Money, Money, boolean][] = [
    [usd('100.01'), usd('100'), true],
    [usd('100.00'), usd('100'), false],
    [usd('99.99'), usd('100'), false],
    [usd('1000'), usd('999.999999'), true],
    [usd('9'), usd('10'), false],
    [eur('500'), usd('100'), false],
    [usd('0.000001'), usd('0'), true],
  ]
  for (const [price, limit, want] of comparisons) {
    it(`says that ${price.amount} ${price.currency} is ${want ? '' : 'not '}above ${limit.amount} ${limit.currency}`, () => {
      assert.equal(isAbove(price, limit), want)
    })
  }
})

describe('samePrice', () => {
  const pairs: readonly [Money | undefined, Money | undefined, boolean][] = [
    [undefined, undefined, true],
    [eur('1'), undefined, false],
    [undefined, eur('1'), false],
    [eur('1'), eur('1.00'), true],
    [eur('1.5'), eur('1.500000'), true],
    [eur('1'), usd('1'), false],
    [eur('1'), eur('1.000001'), false],
  ]
  for (const [a, b, want] of pairs) {
    it(`says that ${a?.amount} ${a?.currency} and ${b?.amount} ${b?.currency} are ${want ? '' : 'not '}the same`, () => {
      assert.equal(samePrice(a, b), want)
    })
  }
})
