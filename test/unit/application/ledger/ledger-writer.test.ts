import assert from 'node:assert/strict'
import {
  SchemaTooOld,
  StartOver,
  StockGone,
  WriteRefused,
} from '../../../../operator/application/ledger/ledger-faults.ts'
import type { WriteResult } from '../../../../operator/application/ledger/stock-ledger.ts'
import { aLedger, aStatus, refused, settled, tooMany } from './a-ledger.ts'

describe('the writer of a ledger', () => {
  it('stores against the version that its last write left, each time with the next attempt', async () => {
    const { clock, commit, sent, writer, stored, observed } = aLedger()
    const first = commit(1)
    await clock.settle()
    const second = commit(2)
    await clock.settle()
    assert.deepEqual([first.end, second.end], ['committed', 'committed'])
    assert.deepEqual(
      sent.map(({ attempt }) => attempt),
      [1, 2],
    )
    assert.equal(writer.known.position, stored().position)
    assert.equal(writer.known.status?.reserved, 2)
    assert.equal(writer.failing, undefined)
    assert.deepEqual(observed, ['committed', 'committed'])
  })

  it('says that the schema is too old when fields are dropped', async () => {
    const { clock, commit, fates, stored } = aLedger()
    const { waiting: _, ...pruned } = aStatus(1, 1)
    fates.push({ before: { kind: 'committed', stock: { ...stored(), status: pruned as never } } })
    const { end } = await settled(commit(1), clock)
    assert.ok(end instanceof SchemaTooOld)
    assert.match(end.message, /^shop\/grinder: .*apply this operator's CRDs/)
  })

  for (const kind of ['gone', 'refused', 'tooLarge'] as const)
    it(`ends with what an answer says for good: ${kind}`, async () => {
      const ledger = aLedger()
      ledger.fates.push({ before: kind === 'refused' ? refused(true) : ({ kind } as WriteResult) })
      const { end } = await settled(ledger.commit(), ledger.clock)
      if (kind === 'tooLarge') assert.equal(end, 'tooLarge')
      if (kind === 'gone') assert.ok(end instanceof StockGone)
      if (kind === 'refused') assert.ok(end instanceof WriteRefused && end.guard && /out of bounds/.test(end.message))
      assert.equal(ledger.sent.length, 1)
    })

  it('sends the very same again after the time that it is asked to wait, and says why it fails', async () => {
    const { clock, commit, fates, sent, writer, retries, life } = aLedger()
    fates.push({ before: tooMany }, { before: tooMany })
    const outcome = commit(1)
    await clock.advance(2_900)
    assert.deepEqual([outcome.end, sent.length, writer.failing], ['waits', 1, { ms: 2_900, reason: 'come later' }])
    assert.equal(life.failings, 1)
    await clock.advance(3_100)
    assert.equal(outcome.end, 'committed')
    assert.deepEqual(
      sent.map(({ attempt }) => attempt),
      [1, 1, 1],
    )
    assert.deepEqual([writer.failing, retries, life.failings], [undefined, ['TooManyRequests', 'TooManyRequests'], 3])
  })

  it('says that it fails once that is too long to wait for, though its next try is far away', async () => {
    const { clock, commit, fates, life, writer } = aLedger()
    fates.push({ before: { kind: 'notApplied', cause: 'Forbidden', reason: 'a freeze', retryAfterMs: 30_000 } })
    commit(1)
    await clock.advance(4_999)
    assert.equal(life.failings, 1)
    await clock.advance(1)
    assert.deepEqual([life.failings, writer.failing?.ms], [2, 5_000])
    await clock.advance(60_000)
    assert.deepEqual([life.failings, writer.failing], [2, undefined])
  })

  it('tries no more once nobody needs the stock', async () => {
    const { clock, commit, fates, life, sent } = aLedger()
    fates.push({ before: tooMany })
    life.over = true
    const outcome = commit(1)
    await clock.advance(60_000)
    assert.ok(outcome.end instanceof StockGone)
    assert.equal(sent.length, 1)
  })
})

describe('the writer of a ledger after a conflict', () => {
  it('finds its own write, which something has repeated', async () => {
    const { clock, commit, fates, writer, stored } = aLedger()
    fates.push({ after: { kind: 'conflict' } })
    assert.equal((await settled(commit(1), clock)).end, 'committed')
    assert.equal(writer.known.position, stored().position)
  })

  it('decides again when only the spec has changed', async () => {
    const { clock, commit, server, writer, sent } = aLedger({ status: aStatus(1, 2, 'before') })
    server.changeTerms('shop/grinder', { quantity: 9 })
    assert.equal((await settled(commit(3), clock)).end, 'rebase')
    assert.deepEqual([writer.known.terms.quantity, writer.known.status?.reserved], [9, 2])
    assert.equal((await settled(commit(3), clock)).end, 'committed')
    assert.deepEqual(
      sent.map(({ attempt }) => attempt),
      [1, 2],
    )
  })

  it('starts over when a stranger has written, and says who', async () => {
    const { clock, commit, server, stored } = aLedger()
    server.writeStatus(stored(), aStatus(7, 2, 'stranger'))
    const { end } = await settled(commit(1), clock)
    assert.ok(end instanceof StartOver)
    assert.match(end.message, /shop\/grinder was written by stranger, attempt 7/)
  })

  it('starts over when its own name is on a write that it has not sent', async () => {
    const { clock, commit, server, stored } = aLedger()
    server.writeStatus(stored(), aStatus(7, 2))
    assert.ok((await settled(commit(1), clock)).end instanceof StartOver)
  })

  it('stops only this stock when somebody has made its status unreadable', async () => {
    const { clock, commit, server, stored, reads } = aLedger({ status: aStatus(1, 2, 'before') })
    server.changeTerms('shop/grinder', { quantity: 9 })
    const { status: _, ...rest } = stored()
    reads.push({ ...rest, unreadable: 'ledger.at is no date' })
    const { end } = await settled(commit(3), clock)
    assert.ok(end instanceof Error && !(end instanceof StartOver))
    assert.match(end.message, /its status was changed: ledger.at is no date/)
  })

  it('knows that the stock is gone when another has its name', async () => {
    const { clock, commit, server, stored, reads } = aLedger()
    server.changeTerms('shop/grinder', { quantity: 9 })
    reads.push({ ...stored(), uid: 'another' })
    assert.ok((await settled(commit(1), clock)).end instanceof StockGone)
  })

  it('reads until it is answered', async () => {
    const { clock, commit, server, reads, retries } = aLedger()
    server.changeTerms('shop/grinder', { quantity: 9 })
    const busy = Object.assign(new Error('too many requests'), { reason: 'TooManyRequests' })
    reads.push(busy, busy, busy)
    const outcome = commit(1)
    await clock.settle()
    assert.equal(outcome.end, 'waits')
    await clock.advance(1_000)
    assert.deepEqual([outcome.end, retries], ['rebase', Array(3).fill('TooManyRequests')])
  })

  it('forgets what was surely not stored', async () => {
    const { clock, commit, fates, server, stored } = aLedger({ status: aStatus(1, 2, 'before') })
    fates.push({ before: { kind: 'tooLarge' } })
    assert.equal((await settled(commit(4), clock)).end, 'tooLarge')
    server.writeStatus(stored(), aStatus(1, 4)) // as only somebody else could have done
    assert.ok((await settled(commit(3), clock)).end instanceof StartOver)
  })
})
