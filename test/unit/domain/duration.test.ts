import assert from 'node:assert/strict'
import fc from 'fast-check'
import { durationText, parseDurationMs } from '../../../operator/domain/duration.ts'

const parsed: readonly [string, number][] = [
  ['0s', 0],
  ['1ms', 1],
  ['1s', 1_000],
  ['1m', 60_000],
  ['1h', 3_600_000],
  ['15m', 900_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1_500],
  ['0.001s', 1],
  ['0.4ms', 0],
  ['0.5ms', 1],
  ['1h2m3s4ms', 3_723_004],
  ['30m1h', 5_400_000],
  ['999999h', 3_599_996_400_000],
]

const notDurations = [
  '',
  's',
  '1',
  '1 s',
  ' 1s',
  '1s ',
  '-1s',
  '1d',
  '1.s',
  '.5s',
  '1.2345s',
  '1000000s',
  '1s1s1s1s1s',
  '1s\n',
  '1sx',
  'x1s',
]

const texts: readonly [number, string][] = [
  [-5, '0s'],
  [0, '0s'],
  [1, '1s'],
  [1_000, '1s'],
  [1_001, '2s'],
  [3_000, '3s'],
  [59_000, '59s'],
  [59_001, '1m'],
  [60_000, '1m'],
  [61_000, '1m1s'],
  [250_000, '4m10s'],
  [3_599_000, '59m59s'],
  [3_600_000, '1h'],
  [3_659_000, '1h'],
  [3_660_000, '1h1m'],
  [7_200_000, '2h'],
  [90_000_000, '25h'],
  [93_720_000, '26h2m'],
]

describe('parseDurationMs', () => {
  for (const [text, want] of parsed) {
    it(`reads ${text} as ${want} milliseconds`, () => assert.equal(parseDurationMs(text), want))
  }

  for (const text of notDurations) {
    it(`does not take ${JSON.stringify(text)} for a duration`, () => assert.equal(parseDurationMs(text), undefined))
  }
})

describe('durationText', () => {
  for (const [ms, want] of texts) {
    it(`writes ${ms} milliseconds as ${want}`, () => assert.equal(durationText(ms), want))
  }

  it('is read back as the same time, to the second, below an hour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_599 }), (seconds) => {
        assert.equal(parseDurationMs(durationText(seconds * 1_000)), seconds * 1_000)
      }),
    )
  })
})
