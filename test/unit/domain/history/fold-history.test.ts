import assert from 'node:assert/strict'
import fc from 'fast-check'
import { foldHistory, type HistoryChange, type KnownHistory } from '../../../../operator/domain/history/fold-history.ts'
import { eventIdOf, type HistoryRow } from '../../../../operator/domain/history/history-row.ts'
import { aHistoryRow, historyUid } from '../../../fixtures/history-rows.ts'

const nothing: KnownHistory = { last: new Map(), present: new Map() }
const numbers = (rows: readonly HistoryRow[]) => rows.map(({ sequence }) => sequence)
const faults = ({ findings }: HistoryChange) => findings.map(({ sequence, fault }) => ({ sequence, ...fault }))

/** Five units, of which one more is held by each row. */
const held = (sequence: number, particular: Partial<HistoryRow> = {}) =>
  aHistoryRow({ sequence, units: 1, reserved: sequence, available: Math.max(0, 100 - sequence), ...particular })
const knowing = (row: HistoryRow, present: readonly HistoryRow[] = []): KnownHistory => ({
  ...{ last: new Map([[row.stock, row]]), present: new Map(present.map((one) => [eventIdOf(one), one])) },
})

describe('rows of a history, put to what is known', () => {
  it('begin where they begin, and follow one another without a finding', () => {
    const change = foldHistory(nothing, [held(57), held(58), held(59)])
    assert.deepEqual(numbers(change.rows), [57, 58, 59])
    assert.deepEqual(numbers(change.last), [59])
    assert.deepEqual(change.findings, [])
    assert.deepEqual(foldHistory(knowing(held(59)), [held(60)]).findings, [])
  })

  it('say which are missing, between two rows and behind what is known', () => {
    assert.deepEqual(faults(foldHistory(nothing, [held(3), held(7)])), [
      { sequence: 7, kind: 'gap', first: 4, last: 6 },
    ])
    assert.deepEqual(faults(foldHistory(knowing(held(3)), [held(5)])), [
      { sequence: 5, kind: 'gap', first: 4, last: 4 },
    ])
  })

  it('say where balances move otherwise than the decision does', () => {
    const change = foldHistory(knowing(held(3)), [held(4, { reserved: 9, confirmed: 1 })])
    assert.deepEqual(faults(change), [
      {
        ...{ sequence: 4, kind: 'difference' },
        message: 'reserved goes from 3 to 9, confirmed goes from 0 to 1 by reservation.reserved of 1',
      },
    ])
    assert.deepEqual(numbers(change.rows), [4]) // kept all the same
  })

  it('may leap and say other balances where books begin anew', () => {
    for (const occasion of ['stock.recounted', 'stock.created'])
      assert.deepEqual(foldHistory(knowing(held(3)), [held(900, { occasion, reserved: 1 })]).findings, [])
  })

  it('come late without a finding, and are told for what they fill', () => {
    const change = foldHistory(knowing(held(9)), [held(4, { reserved: 77 })])
    assert.deepEqual([numbers(change.rows), numbers(change.late), change.findings], [[4], [4], []])
    assert.deepEqual(change.last, [])
  })

  it('are nothing where they are there already, once or twice', () => {
    const change = foldHistory(knowing(held(9), [held(8), held(9)]), [held(8), held(9), held(9), held(10), held(10)])
    assert.deepEqual(numbers(change.rows), [10])
    assert.deepEqual(
      change.days.map(({ events, units }) => [events, units.reserved]),
      [[1, 1]],
    )
  })

  it('sum up each day of each stock by itself, in UTC, and close it with its newest row', () => {
    const midnight = Date.UTC(2026, 10, 23)
    const other = historyUid(2)
    const change = foldHistory(nothing, [
      held(1, { atMs: midnight - 1, units: 4, reserved: 4 }),
      held(2, { atMs: midnight, occasion: 'reservation.released', units: 3, reserved: 1 }),
      held(3, { atMs: midnight + 5, occasion: 'stock.paused', units: null, reserved: 1 }),
      held(1, { stock: other, atMs: midnight + 5, units: 2, reserved: 2 }),
    ])
    const told = change.days.map(({ stock, dayMs, events, units, close }) => {
      return {
        stock,
        day: new Date(dayMs).toISOString().slice(0, 10),
        events,
        held: units.reserved,
        close: close.reserved,
      }
    })
    assert.deepEqual(told, [
      { stock: historyUid(1), day: '2026-11-22', events: 1, held: 4, close: 4 },
      { stock: historyUid(1), day: '2026-11-23', events: 2, held: 0, close: 1 },
      { stock: other, day: '2026-11-23', events: 1, held: 2, close: 2 },
    ])
  })

  it('come to the same in any order, whole or in pieces', () => {
    const all = Array.from({ length: 12 }, (_, index) => held(index + 1, { stock: historyUid(index % 2) }))
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), fc.nat({ max: all.length }), (rows, cut) => {
        const kept = new Map<string, HistoryRow>()
        const last = new Map<string, HistoryRow>()
        let events = 0
        for (const piece of [rows.slice(0, cut), rows.slice(cut), rows]) {
          const change = foldHistory({ last, present: kept }, piece)
          for (const row of change.rows) kept.set(eventIdOf(row), row)
          for (const row of change.last) last.set(row.stock, row)
          events += change.days.reduce((sum, day) => sum + day.events, 0)
        }
        assert.equal(events, all.length)
        assert.equal(kept.size, all.length)
        assert.deepEqual([...last.values()].map(({ sequence }) => sequence).sort(), [11, 12])
      }),
    )
  })
})
