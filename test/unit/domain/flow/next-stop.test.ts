import assert from 'node:assert/strict'
import { dueOf, headersOf, type Journey, journeyFrom } from '../../../../operator/domain/flow/journey.ts'
import { type Answer, behind, lineOf, nextStop } from '../../../../operator/domain/flow/next-stop.ts'
import { comesBefore, placeOf, placeText } from '../../../../operator/domain/flow/place.ts'

const origin = { topic: 'stocks', partition: 2, offset: 41n }
const journey: Journey = { origin, group: 'alerts', attempt: 0, dueMs: 0 }
const at = (offset: bigint) => ({ ...origin, offset })
const blame = { cause: 'Http422', reason: 'no such product' }
const calm = { delaysMs: [5_000, 60_000], nowMs: 1_000, doubted: false }

describe('nextStop', () => {
  it('retries what is the fault of the message after each of the delays, and then calls it dead', () => {
    const tries = [0, 1, 2].map((attempt) => nextStop({ kind: 'retry', ...blame }, { ...journey, attempt }, calm))
    assert.deepEqual(
      tries.map((stop) => [
        stop.kind,
        'journey' in stop && stop.journey.attempt,
        'journey' in stop && stop.journey.dueMs,
      ]),
      [
        ['retry', 1, 6_000],
        ['retry', 2, 61_000],
        ['dead', 3, 0],
      ],
    )
  })

  it('has what the world is at fault for wait, unless it was doubted and may be the fault of the message', () => {
    const wait = (certain: boolean): Answer => ({ kind: 'wait', certain, ...blame })
    const stop = (certain: boolean, doubted: boolean) => nextStop(wait(certain), journey, { ...calm, doubted }).kind
    assert.deepEqual(
      [stop(false, false), stop(true, false), stop(true, true), stop(false, true)],
      [...['wait', 'wait', 'wait', 'retry']],
    )
  })

  it('calls dead at once what will never do, and done what is done', () => {
    assert.equal(nextStop({ kind: 'dead', ...blame }, journey, calm).kind, 'dead')
    assert.deepEqual(nextStop({ kind: 'done' }, journey, calm), { kind: 'done' })
  })

  it('has what finds no room go round, and counts that as no attempt; where there are no retries it waits', () => {
    const later = (afterMs: number): Answer => ({ kind: 'later', afterMs, ...blame })
    const stop = (afterMs: number) => nextStop(later(afterMs), { ...journey, attempt: 1 }, calm)
    assert.deepEqual(stop(7_000), { kind: 'retry', journey: { ...journey, attempt: 1, dueMs: 8_000 }, blame })
    const longest = stop(3_600_000)
    assert.equal(longest.kind === 'retry' && longest.journey.dueMs, 61_000)
    const alone = nextStop(later(7_000), journey, { ...calm, delaysMs: [] })
    assert.deepEqual(alone, { kind: 'wait', certain: true, ...blame, retryAfterMs: 7_000 })
  })

  it('counts going behind others as no attempt', () => {
    const stop = behind({ ...journey, attempt: 1 }, 5_000, 1_000)
    assert.ok(stop.kind === 'retry' && stop.journey.attempt === 1 && stop.journey.dueMs === 6_000)
  })
})

describe('lineOf', () => {
  it('lets a message go when nobody before it on its key is in the retry topic', () => {
    assert.deepEqual(lineOf(origin, [], false), { kind: 'free' })
    assert.deepEqual(lineOf(origin, [origin, at(50n)], true), { kind: 'free' })
    assert.deepEqual(lineOf(origin, [origin], false), { kind: 'free' })
  })

  it('sends it behind an earlier one, and only behind an earlier one', () => {
    assert.deepEqual(lineOf(origin, [at(40n)], false), { kind: 'behind' })
    assert.deepEqual(lineOf(origin, [at(40n), origin], true), { kind: 'behind' })
    assert.deepEqual(lineOf(origin, [at(9n), origin], true), { kind: 'behind' }) // as numbers, not as texts
  })

  it('passes by what lies in the retry topic though it is through', () => {
    assert.deepEqual(lineOf(origin, [at(40n)], true), { kind: 'over' })
  })
})

describe('headers of a journey', () => {
  it('say all of it, and are read again', () => {
    const given: Journey = { origin, group: 'alerts', attempt: 2, dueMs: 1_700_000_000_123 }
    const headers = headersOf(given, blame)
    assert.equal(headers['kbnt_due'], '2023-11-14T22:13:20.123Z')
    assert.equal(headers['kbnt_error'], 'Http422')
    assert.deepEqual(journeyFrom(headers), given)
  })

  it('are not read where one is missing or none of ours', () => {
    const sound = headersOf(journey, blame)
    for (const name of ['kbnt_group', 'kbnt_original_topic', 'kbnt_original_offset', 'kbnt_attempt', 'kbnt_due']) {
      const { [name]: _gone, ...others } = sound
      assert.equal(journeyFrom(others), undefined, name)
      if (name !== 'kbnt_group' && name !== 'kbnt_original_topic')
        assert.equal(journeyFrom({ ...sound, [name]: 'x' }), undefined, name)
    }
  })

  it('say a time that is none as the number that it is', () => {
    assert.equal(headersOf({ ...journey, dueMs: 1e17 }, blame)['kbnt_due'], '100000000000000000')
  })

  it('cut a reason that is too long for a header', () => {
    assert.equal(headersOf(journey, { cause: 'a', reason: 'x'.repeat(9_000) })['kbnt_error_message']?.length, 500)
  })
})

describe('when a retry is due', () => {
  const nowMs = Date.UTC(2026, 10, 30)
  const due = (dueMs: number, { timestampMs = nowMs, group = 'alerts' } = {}) =>
    dueOf({ headers: headersOf({ ...journey, dueMs }, blame), timestampMs }, { ...calm, nowMs, group })

  it('is what its headers say', () => {
    assert.equal(due(nowMs + 5_000), nowMs + 5_000)
  })

  it('is never later than the longest delay after it was written', () => {
    assert.equal(due(nowMs + 10 * 365 * 86_400_000), nowMs + 60_000)
  })

  it('is at once for what is of another group, was written in times to come, or says nothing', () => {
    assert.equal(due(nowMs + 5_000, { group: 'another' }), 0)
    assert.equal(due(nowMs + 1e12, { timestampMs: nowMs + 1e12 }), 0)
    assert.equal(dueOf({ headers: {}, timestampMs: nowMs }, { ...calm, nowMs, group: 'alerts' }), 0)
  })
})

describe('a place', () => {
  it('is read as it is written', () => {
    assert.deepEqual(placeOf(placeText(origin)), origin)
    for (const text of ['', 'stocks', 'stocks/2', 'stocks/2/x', 'stocks/2/1/1', 'sto cks/2/1'])
      assert.equal(placeOf(text), undefined)
  })

  it('comes before another by its offset as a number', () => {
    assert.ok(comesBefore(at(9n), at(10n)))
    assert.ok(!comesBefore(at(10n), at(9n)))
    assert.ok(!comesBefore(origin, origin))
    assert.ok(comesBefore(at(10n), { ...at(1n), partition: 3 }))
  })
})
