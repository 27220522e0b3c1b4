import assert from 'node:assert/strict'
import { StartOver } from '../../../../operator/application/ledger/ledger-faults.ts'
import type { WriteResult } from '../../../../operator/application/ledger/stock-ledger.ts'
import { aLedger, aStatus, gone, refused, settled, tooMany, unanswered } from './a-ledger.ts'

describe('the marks of a stock', () => {
  const outcomeOf = (work: Promise<void>) => {
    const outcome: { end: unknown } = { end: 'waits' }
    work.then(
      () => {
        outcome.end = 'done'
      },
      (error: unknown) => {
        outcome.end = error
      },
    )
    return outcome
  }

  it('are put on against the exact version', async () => {
    const { clock, writer, stored, commit } = aLedger()
    const outcome = outcomeOf(writer.mark('open'))
    await clock.settle()
    assert.equal(outcome.end, 'done')
    assert.deepEqual([stored().openedAs, writer.known.guarded], [stored().uid, true])
    assert.equal((await settled(commit(1), clock)).end, 'committed')
  })

  it('are tried again until they are known to be on', async () => {
    const { clock, writer, stored, fates, retries } = aLedger()
    fates.push({ before: tooMany }, { before: unanswered }, { after: unanswered })
    const outcome = outcomeOf(writer.mark('open'))
    await clock.settle()
    assert.equal(outcome.end, 'waits')
    await clock.advance(1_000)
    assert.deepEqual([outcome.end, stored().guarded, writer.known.guarded], ['done', true, true])
    assert.deepEqual([retries.length, fates.length], [3, 0])
  })

  it('are put on at once after a conflict', async () => {
    const { clock, writer, server, stored, retries } = aLedger()
    server.changeTerms('shop/grinder', { quantity: 8 })
    const outcome = outcomeOf(writer.mark('open'))
    await clock.settle()
    assert.deepEqual([outcome.end, stored().guarded, retries], ['done', true, []])
    assert.equal(writer.known.terms.quantity, 8)
  })

  it('are needed no more on a stock that is being deleted', async () => {
    const { clock, writer, server, fates, stored } = aLedger()
    await writer.mark('open')
    server.deleteStock('shop/grinder', false)
    fates.push({ before: { kind: 'conflict' } })
    const outcome = outcomeOf(writer.mark('open'))
    await clock.settle()
    assert.deepEqual([outcome.end, stored().terms.terminating], ['done', true])
  })

  for (const [what, result, message] of [
    ['gone', gone, /shop\/grinder/],
    ['refused', refused(false), /out of bounds/],
    ['too large', { kind: 'tooLarge' } as WriteResult, /too large to be marked/],
  ] as const)
    it(`are given up where the answer is final: ${what}`, async () => {
      const { clock, writer, fates } = aLedger()
      fates.push({ before: result })
      const outcome = outcomeOf(writer.mark('open'))
      await clock.settle()
      assert.ok(outcome.end instanceof Error)
      assert.match(outcome.end.message, message)
    })

  it('are taken off again', async () => {
    const { clock, writer, stored } = aLedger()
    await writer.mark('open')
    const outcome = outcomeOf(writer.mark('close'))
    await clock.settle()
    assert.deepEqual([outcome.end, stored().finalizers], ['done', []])
  })
})

describe('what the writer of a ledger is shown', () => {
  const seen = (ledger: ReturnType<typeof aLedger>, attempt: number, writer: string) => ({
    ...ledger.stored(),
    status: aStatus(attempt, 1, writer),
  })

  it('may be any write of its own, and those of the leader before it that it has taken over', () => {
    const ledger = aLedger({ status: aStatus(5, 1, 'before') })
    for (const [attempt, writer] of [
      [99, 'me'],
      [5, 'before'],
      [4, 'before'],
    ] as const)
      ledger.writer.witness(seen(ledger, attempt, writer))
    ledger.writer.witness(aLedger().stored())
  })

  it('must not be a write that came after the takeover, nor one of somebody else', () => {
    const ledger = aLedger({ status: aStatus(5, 1, 'before') })
    assert.throws(() => ledger.writer.witness(seen(ledger, 6, 'before')), StartOver)
    assert.throws(() => ledger.writer.witness(seen(ledger, 1, 'stranger')), /written by stranger, attempt 1/)
  })

  it('may be anybody of whom the first write of its own will tell, while it knows no books', () => {
    const unled = aLedger()
    unled.writer.witness(seen(unled, 1, 'stranger'))
    assert.equal(unled.writer.known.status, undefined)
  })

  it('is no business of its own where another stock has the name', () => {
    const ledger = aLedger()
    ledger.writer.witness({ ...seen(ledger, 1, 'stranger'), uid: 'another' })
    assert.equal(ledger.writer.known.uid, ledger.stored().uid)
  })

  it('tells of marks that somebody took off, and changes nothing else', async () => {
    const ledger = aLedger({ status: aStatus(5, 1) })
    await ledger.writer.mark('open')
    const { openedAs: _, ...bare } = { ...ledger.stored(), position: '99', guarded: false, finalizers: ['other'] }
    ledger.writer.witness(bare)
    const { known } = ledger.writer
    assert.deepEqual([known.openedAs, known.guarded, known.finalizers], [undefined, false, ['other']])
    assert.notEqual(known.position, '99')
  })

  it('counts as taken over after a restart from it', async () => {
    const ledger = aLedger()
    ledger.fates.push({ before: tooMany })
    const outcome = ledger.commit(1)
    await ledger.clock.advance(1_000)
    ledger.server.writeStatus(ledger.stored(), aStatus(7, 2, 'stranger'))
    ledger.writer.restart(ledger.stored())
    assert.equal(ledger.writer.failing, undefined)
    ledger.writer.witness(seen(ledger, 7, 'stranger'))
    assert.throws(() => ledger.writer.witness(seen(ledger, 8, 'stranger')), StartOver)
    assert.equal(outcome.end, 'waits')
  })

  it('is read again on demand', async () => {
    const ledger = aLedger({ status: aStatus(1, 2, 'before') })
    ledger.server.changeTerms('shop/grinder', { quantity: 9 })
    await ledger.writer.refresh()
    assert.equal(ledger.writer.known.terms.quantity, 9)
    ledger.server.writeStatus(ledger.stored(), aStatus(9, 3, 'stranger'))
    await assert.rejects(ledger.writer.refresh(), StartOver)
  })
})
