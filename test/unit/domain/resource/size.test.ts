import assert from 'node:assert/strict'
import fc from 'fast-check'
import { wholeGiB } from '../../../../operator/domain/resource/size.ts'

describe('wholeGiB', () => {
  const cases: readonly (readonly [size: string, want: number])[] = [
    ['1Mi', 1],
    ['1023Mi', 1],
    ['1024Mi', 1],
    ['1025Mi', 2],
    ['2048Mi', 2],
    ['1Gi', 1],
    ['8Gi', 8],
    ['1Ti', 1_024],
    ['3Ti', 3_072],
    ['9999999Ti', 10_239_998_976],
  ]
  for (const [size, want] of cases) {
    it(`takes ${size} for ${want} GiB`, () => {
      assert.equal(wholeGiB(size), want)
    })
  }

  it('never counts less than what is asked for, nor a whole GiB more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999_999 }), (mebibytes) => {
        const counted = wholeGiB(`${mebibytes}Mi`) * 1_024
        assert.ok(counted >= mebibytes && counted < mebibytes + 1_024)
      }),
    )
  })
})
