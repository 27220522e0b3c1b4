import assert from 'node:assert/strict'
import { setsInTurn } from '../../../../operator/application/ledger/batch.ts'
import { InvariantViolated } from '../../../../operator/domain/stock/stock-book.ts'
import { minuteMs, tenOClock } from '../../../fixtures/builders.ts'
import { hold, release } from '../../../fixtures/drafts.ts'
import { aBatch } from './a-batch.ts'

const lineOf = (order: 'Strict' | 'BestEffort') => ({
  waitlist: { order, maxLength: 9, maxWaitMs: minuteMs, maxPriority: 9 },
})

describe('a batch', () => {
  it('takes terms over first, then decides in the order of arrival', () => {
    const { ask, decide, book } = aBatch()
    ask('a', [hold('a', 2)])
    ask('b', [hold('b', 1), release('b', 1)], { size: 2 })
    ask('c')
    const { entries, answered, left, failed } = decide([{ verb: 'Note', note: 'priced' }])
    assert.deepEqual(entries, ['Note priced', 'Reserve a', 'Reserve b', 'Release b'])
    assert.deepEqual([answered, left, failed], [['a: 1', 'b: 2', 'c: 0'], [], []])
    assert.equal(book.free(), 3)
  })

  it('notes each change of the level right behind the entry that brought it', () => {
    const { ask, decide } = aBatch({ thresholds: { low: 3 } })
    ask('a', [hold('a', 3)])
    ask('b', [hold('b', 2)])
    const { all, answered } = decide()
    assert.deepEqual(all, ['Reserve a', 'Note level_changed', 'Reserve b', 'Note level_changed'])
    assert.deepEqual(answered, ['a: 1', 'b: 1'], 'a note is nobody’s entry')
  })

  it('leaves out what is beyond its limit, and what can not be decided now', () => {
    const { ask, decide, circumstances } = aBatch()
    for (const name of ['a', 'b', 'c', 'd']) ask(name, [hold(name, 1)])
    circumstances.limit = 2
    circumstances.mayDecide = ({ namespace }) => namespace !== 'b'
    assert.deepEqual(decide().left, ['b', 'd'])
  })

  it('fails an ask alone whose decision throws', () => {
    const { ask, decide } = aBatch()
    const fault = new RangeError('no such time')
    ask('a', [], {
      decide() {
        throw fault
      },
    })
    ask('b', [hold('b', 1)])
    const { entries, answered, failed } = decide()
    assert.deepEqual([entries, answered, failed], [['Reserve b'], ['b: 1'], ['a: RangeError: no such time']])
  })

  it('stops where its books are broken, whoever finds that', () => {
    const applied = aBatch()
    applied.ask('a', [release('a', 1)])
    assert.throws(applied.decide, InvariantViolated)
    const decided = aBatch()
    decided.ask('a', [], {
      decide() {
        throw new InvariantViolated('the books are broken')
      },
    })
    assert.throws(decided.decide, InvariantViolated)
  })
})

describe('a batch and the line', () => {
  it('serves those in line before newcomers, at the start and whenever units come free', () => {
    const { book, ask, decide, wait } = aBatch()
    book.decide(hold('holder', 4), tenOClock)
    book.commit()
    wait('1', 1)
    wait('2', 3)
    ask('a', [release('holder', 4)])
    ask('b', [hold('b', 1)])
    assert.deepEqual(decide().entries, ['Reserve 1', 'Release holder', 'Reserve 2', 'Reserve b'])
  })

  it('stops a strict line at the first that can not be served', () => {
    const { decide, wait } = aBatch()
    wait('1', 5)
    wait('2', 1)
    wait('3', 1)
    assert.deepEqual(decide().entries, ['Reserve 1'])
    const short = aBatch({ quantity: 4 })
    short.wait('1', 4, { set: true })
    short.wait('2', 1)
    assert.deepEqual(short.decide().entries, [], 'a set is granted by whoever sees all its stocks')
  })

  it('passes over whom the terms do not allow, and in a best-effort line whoever does not fit', () => {
    const strict = aBatch({ limits: { perReservation: 3 } })
    strict.wait('1', 4)
    strict.wait('2', 2)
    assert.deepEqual(strict.decide().entries, ['Reserve 2'])
    const loose = aBatch({ quantity: 2, ...lineOf('BestEffort') })
    loose.wait('1', 2, { set: true })
    loose.wait('2', 2)
    assert.deepEqual(loose.decide().entries, ['Reserve 2'])
  })

  it('serves those behind somebody who leaves the line before it looks at a newcomer', () => {
    const { book, ask, decide, wait } = aBatch()
    book.decide(hold('holder', 3), tenOClock)
    book.decide({ verb: 'Wait', uid: '1', reservation: '1', quantity: 3 }, tenOClock)
    book.commit()
    wait('1', 3)
    wait('2', 1)
    ask('a', [{ verb: 'Refuse', uid: '1', reservation: '1', reason: 'WaitTimedOut' }])
    ask('b', [hold('b', 1)])
    assert.deepEqual(decide().entries, ['Refuse 1', 'Reserve 2', 'Reserve b'])
  })

  it('serves nobody while the stock is paused, takes no new holds, or has no place for two entries', () => {
    const paused = aBatch({ paused: true })
    paused.wait('1', 1)
    assert.deepEqual(paused.decide().entries, [])
    const blocked = aBatch()
    blocked.wait('1', 1)
    blocked.circumstances.newHolds = false
    assert.deepEqual(blocked.decide().entries, [])
    const full = aBatch()
    full.wait('1', 1)
    full.circumstances.staying = 175
    assert.deepEqual(full.decide().entries, [])
    full.circumstances.staying = 174
    assert.deepEqual(full.decide().entries, ['Reserve 1'])
  })

  it('names the sets whose turn it may be', () => {
    const { book, wait } = aBatch(lineOf('Strict'))
    assert.deepEqual(setsInTurn(book), [])
    wait('1', 2, { set: true })
    wait('2', 2, { set: true })
    assert.deepEqual(setsInTurn(book), ['1'], 'in a strict line the first only')
    const loose = aBatch({ ...lineOf('BestEffort'), limits: { perReservation: 3 } })
    loose.wait('1', 4, { set: true })
    loose.wait('2', 2, { set: true })
    loose.wait('3', 1)
    loose.wait('4', 3, { set: true })
    assert.deepEqual(setsInTurn(loose.book), ['2', '4'])
    loose.book.setTerms({ ...loose.book.terms, paused: true })
    assert.deepEqual(setsInTurn(loose.book), [])
  })
})
