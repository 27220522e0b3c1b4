import assert from 'node:assert/strict'
import {
  type Circumstances,
  isUntrusted,
  modeOf,
  whyNotReady,
} from '../../../../operator/application/ledger/readiness.ts'
import type { NotReady } from '../../../../operator/application/ledger/stock-status.ts'
import { someTerms } from '../../../fixtures/builders.ts'

const well: Circumstances = {
  ...{ terms: someTerms(), deleted: false, blocked: undefined, skewMs: 0, claims: 3, waits: 1, unfinished: 200 },
  ...{ full: false, stuckMs: 0 },
}
const because = (reason: NotReady['reason']): NotReady => ({ reason, message: 'so it is' })

describe('a stock is not ready', () => {
  it('when nothing speaks against it: never', () => assert.equal(whyNotReady(well), undefined))

  for (const [reason, circumstances, message] of [
    ['StatusLost', { blocked: because('StatusLost'), skewMs: 9_000 }, 'so it is'],
    ['ClockSkew', { skewMs: -9_400, terms: someTerms({ terminating: true }) }, /clock is -9 s from/],
    [
      'Terminating',
      { terms: someTerms({ terminating: true, paused: true }) },
      'deleted; waits for 3 reservations to end',
    ],
    ['Paused', { terms: someTerms({ paused: true }), full: true, stuckMs: 60_000 }, /^paused by spec.paused/],
    ['JournalFull', { full: true, stuckMs: 30_001 }, /^200 entries are not finished yet/],
  ] as const)
    it(`and says the first reason of all that there are: ${reason}`, () => {
      const why = whyNotReady({ ...well, ...circumstances })
      assert.equal(why?.reason, reason)
      assert.match(why?.message ?? '', new RegExp(message))
    })

  for (const [what, circumstances] of [
    ['it is not full', { full: false, stuckMs: 60_000 }],
    ['nobody waits for it', { full: true, waits: 0, stuckMs: 60_000 }],
    ['something has left it just now', { full: true, stuckMs: 5_000 }],
  ] as const)
    it(`but not for its journal while ${what}`, () =>
      assert.equal(whyNotReady({ ...well, ...circumstances }), undefined))
})

describe('how much of a turn may be done', () => {
  const sound = { blocked: undefined, skewMs: 0, counting: false, closed: false }

  for (const [mode, standing] of [
    ['open', {}],
    ['noNewHolds', { blocked: because('BooksDoNotClose') }],
    ['counting', { blocked: because('BooksDoNotClose'), counting: true }],
    ['closed', { counting: true, closed: true }],
    ['halted', { blocked: because('InternalError'), closed: true }],
    ['halted', { skewMs: 1, closed: true }],
  ] as const)
    it(`is ${mode} for ${JSON.stringify(standing)}`, () => assert.equal(modeOf({ ...sound, ...standing }), mode))

  it('is nothing where what is known of the stock can not be trusted', () => {
    for (const reason of ['StatusLost', 'InvariantViolated', 'SchemaTooOld', 'InternalError'] as const)
      assert.equal(isUntrusted(because(reason)), true)
    for (const reason of ['BooksDoNotClose', 'JournalFull'] as const) assert.equal(isUntrusted(because(reason)), false)
    assert.equal(isUntrusted(undefined), false)
  })
})
