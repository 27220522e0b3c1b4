import assert from 'node:assert/strict'
import {
  type DeadLetter,
  decideRedrive,
  letterFrom,
  lineOf,
  type Mark,
  markFrom,
  matches,
} from '../../../../hack/dead-letters/letter.ts'
import type { LetterBox, LetterWithBytes } from '../../../../hack/dead-letters/letter-box.ts'
import { redrive } from '../../../../hack/dead-letters/redrive.ts'
import { headersOf } from '../../../../operator/domain/flow/journey.ts'
import { placeText } from '../../../../operator/domain/flow/place.ts'

const blame = { cause: 'AlertRefused', reason: 'bad label' }
const aLetter = (offset: number, more: Record<string, string> = {}): LetterWithBytes => {
  const origin = { topic: 'levels', partition: 2, offset: BigInt(40 + offset) }
  const headers = { ...headersOf({ origin, group: 'g', attempt: 3, dueMs: 0 }, blame), ...more }
  const place = { topic: 'dead', partition: 0, offset: BigInt(offset) }
  return {
    ...letterFrom({ ...place, key: 'shop/grinder', headers, atMs: 0 }),
    raw: { key: null, value: null, headers },
  }
}
const sent = (letter: DeadLetter): Mark => ({ of: placeText(letter), kind: 'sent' })
const sending = (letter: DeadLetter): Mark => ({ of: placeText(letter), kind: 'sending' })

/** A topic in memory; it dies before its n-th write where that is asked for. */
function aBox(diesAt = Number.POSITIVE_INFINITY) {
  const marks: Mark[] = []
  const back: string[] = []
  let writes = 0
  const write = <T>(list: T[], what: T) => {
    writes += 1
    if (writes >= diesAt) throw new Error('killed')
    list.push(what)
  }
  const box: LetterBox = {
    read: async () => ({ letters: [], marks }),
    mark: async (letter, kind) => write(marks, { of: placeText(letter), kind }),
    sendBack: async (letter) => write(back, placeText(letter)),
    foundIn: async (_, places) => new Set(back.filter((place) => places.has(place))),
    close: async () => undefined,
  }
  return { box, marks, back }
}

describe('a dead letter', () => {
  it('is found by its place, its key and its headers', () => {
    const letter = aLetter(7, { ce_id: 'uid-5' })
    for (const text of ['', 'dead/0/7', 'GRINDER', 'kbnt_error=AlertRefused', 'uid-5'])
      assert.ok(matches(letter, text), text)
    assert.ok(!matches(letter, 'kbnt_error=Unreadable'))
  })

  it('is told in a line, with whether it was sent back', () => {
    const letter = aLetter(7)
    assert.match(
      lineOf(letter, []),
      /^dead\/0\/7 .* dead {2}shop\/grinder {2}from levels\/2\/47 {2}AlertRefused: bad label$/,
    )
    assert.match(lineOf(letter, [sent(letter)]), / sent back {2}/)
  })

  it('is sent back to where it was first', () => {
    const going = decideRedrive(aLetter(7), [])
    assert.deepEqual(going, { kind: 'send', to: { topic: 'levels', partition: 2, offset: 47n }, redriven: 1 })
  })

  it('is not sent back twice, a fourth time, cut, or to nobody knows where', () => {
    assert.equal(decideRedrive(aLetter(7), [sent(aLetter(7))]).kind, 'sent already')
    assert.equal(decideRedrive(aLetter(7), [sent(aLetter(8))]).kind, 'send')
    assert.equal(decideRedrive(aLetter(7, { kbnt_redriven: '2' }), []).kind, 'send')
    assert.equal(decideRedrive(aLetter(7, { kbnt_redriven: '3' }), []).kind, 'refused')
    assert.equal(decideRedrive(aLetter(7, { kbnt_truncated: '99' }), []).kind, 'refused')
    assert.equal(decideRedrive({ ...aLetter(7), journey: undefined }, []).kind, 'refused')
    assert.equal(decideRedrive(aLetter(7), [sending(aLetter(7))]).kind, 'look')
  })

  it('is told from the marks that lie beside it', () => {
    assert.deepEqual(markFrom({ kbnt_mark: 'sent', kbnt_mark_of: 'dead/0/7' }), { of: 'dead/0/7', kind: 'sent' })
    assert.equal(markFrom({ kbnt_mark: 'other', kbnt_mark_of: 'dead/0/7' }), undefined)
    assert.equal(markFrom(aLetter(7).headers), undefined)
  })
})

const unheard = () => undefined

describe('redrive', () => {
  const letters = [aLetter(1), aLetter(2), aLetter(3, { kbnt_redriven: '3' })]

  it('sends each once, however often it is asked for, and says what it did', async () => {
    const { box, marks, back } = aBox()
    const lines: string[] = []
    const first = await redrive(box, { letters, marks: [] }, (line) => lines.push(line))
    assert.deepEqual(first, { sent: 2, refused: 1, before: 0 })
    assert.equal(lines[0], 'dead/0/1  sent back to levels/2, for the first time')
    assert.deepEqual(await redrive(box, { letters, marks }, unheard), { sent: 0, refused: 1, before: 2 })
    assert.deepEqual(back, ['dead/0/1', 'dead/0/2'])
  })

  for (let write = 1; write <= 6; write += 1)
    it(`sends each once when it dies before its write number ${write} and is run again`, async () => {
      const dying = aBox(write)
      await redrive(dying.box, { letters, marks: [] }, unheard).catch(() => undefined)
      const { box, marks, back } = aBox()
      marks.push(...dying.marks)
      back.push(...dying.back)
      await redrive(box, { letters, marks: [...marks] }, unheard)
      assert.deepEqual(back.toSorted(), ['dead/0/1', 'dead/0/2'])
    })

  it('lets one that can not go back keep no other from it, now and when it is asked for again', async () => {
    const { box, marks, back } = aBox()
    const gone = new Error('no such topic')
    const partly: LetterBox = {
      ...box,
      sendBack: async (letter, ...more) => {
        if (letter.offset === 1n) throw gone
        return box.sendBack(letter, ...more)
      },
      foundIn: () => Promise.reject(gone),
    }
    const lines: string[] = []
    for (const wanted of [
      { sent: 1, refused: 2, before: 0 },
      { sent: 0, refused: 2, before: 1 },
    ])
      assert.deepEqual(await redrive(partly, { letters, marks: [...marks] }, (line) => lines.push(line)), wanted)
    assert.match(lines[0] ?? '', /^dead\/0\/1 {2}refused: .*no such topic/)
    assert.deepEqual(back, ['dead/0/2'])
  })

  it('counts from nothing where somebody else has written how often it went back', () => {
    for (const count of ['-100', '1e2', '', 'x']) {
      const going = decideRedrive(aLetter(7, { kbnt_redriven: count }), [])
      assert.ok(going.kind === 'send' && going.redriven === 1, count)
    }
  })
})
