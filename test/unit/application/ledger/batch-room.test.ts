import assert from 'node:assert/strict'
import { anEntry } from '../../../fixtures/builders.ts'
import { hold } from '../../../fixtures/drafts.ts'
import { aBatch } from './a-batch.ts'

describe('room in a batch', () => {
  it('is kept for those who give units back', () => {
    const { ask, decide, circumstances } = aBatch()
    circumstances.staying = 176
    ask('taker', [hold('a', 1)], { takesUnits: true })
    ask('giver', [hold('b', 1)])
    const { left, answered } = decide()
    assert.deepEqual([left, answered], [['taker'], ['giver: 1']])
  })

  it('shrinks with each entry of the batch itself', () => {
    const { ask, decide, circumstances } = aBatch()
    circumstances.staying = 174
    for (const name of ['a', 'b', 'c']) ask(name, [hold(name, 1)], { takesUnits: true })
    assert.deepEqual(decide().left, ['c'])
  })

  it('is there for what has its place already, for a takeover, and for what adds nothing', () => {
    const { ask, decide, circumstances } = aBatch()
    circumstances.staying = 254
    circumstances.newHolds = false
    ask('plain', [hold('a', 1)])
    ask('written', [], { size: 0 })
    ask('opening', [hold('b', 1)], { opening: true })
    ask('promised', [hold('c', 1)], { promised: 1, takesUnits: true })
    ask('beyond', [hold('d', 1)], { promised: 1 })
    const { left, answered } = decide()
    assert.deepEqual(
      [left, answered],
      [
        ['plain', 'beyond'],
        ['written: 0', 'opening: 1', 'promised: 1'],
      ],
    )
  })

  it('is not for new holds where none may be taken', () => {
    const { ask, decide, circumstances } = aBatch()
    circumstances.newHolds = false
    ask('taker', [hold('a', 1)], { takesUnits: true })
    ask('giver', [])
    assert.deepEqual(decide().left, ['taker'])
  })

  it('leaves the last places to namespaces of which little is untold', () => {
    const { journal: kept, ask, decide, circumstances } = aBatch({ quantity: 500 })
    kept.add(Array.from({ length: 32 }, (_, index) => anEntry({ sequence: index + 1, reservationNamespace: 'silent' })))
    circumstances.staying = 150
    ask('silent', [hold('a', 1)], { takesUnits: true })
    ask('other', [hold('b', 1)], { takesUnits: true })
    const { left, answered } = decide()
    assert.deepEqual([left, answered], [['silent'], ['other: 1']])
  })

  it('leaves places to others whoever gives back, and keeps some for the ends of who has taken much', () => {
    const { journal: kept, ask, decide, circumstances } = aBatch({ quantity: 500 })
    kept.add(Array.from({ length: 32 }, (_, index) => anEntry({ sequence: index + 1, reservationNamespace: 'silent' })))
    circumstances.staying = 143
    ask('silent', [hold('a', 1)], { takesUnits: true })
    ask('silent', [hold('b', 1)])
    ask('silent', [hold('c', 1)])
    ask('other', [hold('d', 1)])
    const { left, answered } = decide()
    assert.deepEqual(
      [left, answered],
      [
        ['silent', 'silent'],
        ['silent: 1', 'other: 1'],
      ],
    )
  })

  it('counts what it decides for a namespace itself', () => {
    const { ask, decide, circumstances } = aBatch({ quantity: 500 })
    circumstances.staying = 130
    for (let index = 0; index < 40; index += 1) ask('eager', [hold(`r${index}`, 1)], { takesUnits: true })
    assert.equal(decide().answered.length, 32)
  })
})
