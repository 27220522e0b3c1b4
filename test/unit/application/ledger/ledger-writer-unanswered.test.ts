import assert from 'node:assert/strict'
import { StartOver, StockGone, WriteRefused } from '../../../../operator/application/ledger/ledger-faults.ts'
import { aLedger, aStatus, gone, refused, settled, tooMany, unanswered } from './a-ledger.ts'

describe('the writer of a ledger that got no answer', () => {
  it('answers nobody before it knows, and finds that it was stored', async () => {
    const { clock, commit, fates, reads, sent } = aLedger()
    fates.push({ after: unanswered })
    reads.push(new Error('no answer'), new Error('no answer'))
    const outcome = commit(1)
    await clock.settle()
    assert.equal(outcome.end, 'waits')
    await clock.advance(1_000)
    assert.deepEqual([outcome.end, sent.length], ['committed', 1])
  })

  it('moves the version away from under a write that may still land, and has it decided again', async () => {
    const { clock, commit, fates, sent, arrive, reserved, writer } = aLedger({ status: aStatus(1, 2, 'before') })
    fates.push({ later: unanswered })
    assert.equal((await settled(commit(4), clock)).end, 'rebase')
    arrive()
    await clock.settle()
    assert.equal(reserved(), 2, 'what comes late is not stored')
    assert.deepEqual(
      sent.map(({ attempt, status }) => [attempt, status.reserved, status.ledger.sequence]),
      [
        [1, 4, 4],
        [2, 2, 2],
      ],
    )
    assert.equal(writer.known.status?.ledger.attempt, 2)
    assert.equal((await settled(commit(3), clock)).end, 'committed')
  })

  it('moves it with empty books where there were none before', async () => {
    const { clock, commit, fates, sent, arrive, stored } = aLedger()
    fates.push({ later: unanswered })
    assert.equal((await settled(commit(4), clock)).end, 'rebase')
    arrive()
    const { reserved, confirmed, ledger } = sent[1]?.status ?? aStatus(0)
    assert.deepEqual([reserved, confirmed, ledger.sequence, ledger.pending], [0, 0, 0, []])
    assert.equal(stored().status?.reserved, 0)
  })

  it('looks for all that it has sent, however many got no answer', async () => {
    const { clock, commit, fates, sent, arrive, reserved } = aLedger()
    fates.push({ later: unanswered }, { later: unanswered }, { before: unanswered })
    const outcome = commit(4)
    await clock.settle()
    arrive() // the first of them is stored after all
    await clock.advance(1_000)
    assert.equal(outcome.end, 'committed')
    assert.equal(reserved(), 4)
    assert.ok(sent.length >= 2)
  })

  it('sends two writes and no more however long nothing is answered, and knows them when they land', async () => {
    const { clock, commit, fates, sent, arrive, reserved, writer } = aLedger({ status: aStatus(1, 2, 'before') })
    fates.push(...Array.from({ length: 10 }, () => ({ later: unanswered })))
    fates.push(...Array.from({ length: 990 }, () => ({ before: unanswered })))
    const outcome = commit(4)
    await clock.advance(3_600_000)
    assert.ok(sent.length > 700)
    assert.deepEqual([...new Set(sent.map(({ attempt }) => attempt))], [1, 2])
    assert.equal(new Set(sent.map(({ status }) => status)).size, 2)
    arrive() // the write itself is stored first, and the rest meets another version
    await clock.advance(5_000)
    assert.deepEqual([outcome.end, reserved(), writer.known.status?.ledger.attempt], ['committed', 4, 1])
  })

  it('needs no move when somebody has changed the spec meanwhile', async () => {
    const { clock, commit, fates, server, sent } = aLedger()
    fates.push({ before: unanswered })
    server.changeTerms('shop/grinder', { quantity: 8 })
    assert.equal((await settled(commit(1), clock)).end, 'rebase')
    assert.equal(sent.length, 1)
  })

  for (const [what, result, isEnd] of [
    ['gone', gone, (end: unknown) => end instanceof StockGone],
    ['refused', refused(true), (end: unknown) => end instanceof WriteRefused && end.guard],
    ['refused otherwise', refused(false), (end: unknown) => end instanceof WriteRefused && !end.guard],
  ] as const)
    it(`ends with what the move is answered for good: ${what}`, async () => {
      const { clock, commit, fates } = aLedger()
      fates.push({ before: unanswered }, { before: result })
      assert.ok(isEnd((await settled(commit(1), clock)).end))
    })

  it('moves again when that is not applied, and sees a stranger who comes in between', async () => {
    const { clock, commit, fates, server, stored, retries } = aLedger()
    fates.push({ before: unanswered }, { before: tooMany }, { before: unanswered }, { before: { kind: 'conflict' } })
    const outcome = commit(1)
    await clock.advance(120)
    server.writeStatus(stored(), aStatus(9, 1, 'stranger'))
    await clock.advance(5_000)
    assert.ok(outcome.end instanceof StartOver)
    assert.deepEqual(retries.slice(0, 3), ['Timeout', 'TooManyRequests', 'Timeout'])
  })
})
