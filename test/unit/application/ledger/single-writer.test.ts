import assert from 'node:assert/strict'
import { hold, release } from '../../../fixtures/drafts.ts'
import { denied } from '../engine/a-site.ts'
import { aWriter, holding, whyOf } from './a-writer.ts'

describe('a turn of a stock', () => {
  it('carries all that is asked while the write before is under way', async () => {
    const { site, writes, ask } = await aWriter()
    const outcomes = ['a', 'b', 'c'].map((uid) => ask(holding(uid)))
    await site.pass(1)
    const later = ['d', 'e', 'f'].map((uid) => ask(holding(uid)))
    await site.pass(100)
    assert.deepEqual(
      [...outcomes, ...later].map(({ end }) => end),
      ['a', 'b', 'c', 'd', 'e', 'f'].map((uid) => `Reserve ${uid}`),
    )
    assert.equal(writes.length, 2)
    assert.equal(site.out('beans'), 6)
  })

  it('writes nothing when nothing was decided', async () => {
    const { site, writes, ask } = await aWriter()
    await site.pass(1_000)
    writes.length = 0
    const outcome = ask({ decide: () => [] })
    await site.pass(1_000)
    assert.deepEqual([outcome.end, writes], ['', []])
  })

  it('fails only the ask whose decision throws, and gives its places back', async () => {
    const { site, actor, ask, leader } = await aWriter()
    actor.journal.promise(1)
    const outcomes = [
      ask(holding('before')),
      ask({
        promised: 1,
        decide() {
          throw new RangeError('no such time')
        },
      }),
      ask(holding('after')),
    ]
    await site.pass(100)
    const ends = outcomes.map(({ end }) => String(end))
    assert.deepEqual(ends, ['Reserve before', 'RangeError: no such time', 'Reserve after'])
    assert.deepEqual([actor.mode, leader.halted, actor.journal.promised], ['open', [], 0])
  })

  it('stops the stock when its books would not close, and leaves them as they are stored', async () => {
    const { site, actor, ask, leader } = await aWriter()
    const outcomes = [ask(holding('fine')), ask({ decide: () => [release('nobody', 5)] })]
    await site.pass(100)
    assert.equal(actor.mode, 'halted')
    assert.deepEqual(
      outcomes.map(({ end }) => whyOf(end)),
      ['InvariantViolated', 'InvariantViolated'],
    )
    assert.match(leader.halted[0] ?? '', /beans: .*Release/)
    assert.deepEqual([site.notReady('beans'), site.out('beans')], ['InvariantViolated', 0])
    assert.equal(site.notReady('milk'), undefined)
    await site.pass(11_000)
    assert.deepEqual([actor.mode, site.notReady('beans')], ['open', undefined], 'it was taken over again')
  })

  it('halves what it stores at once until that is not too large', async () => {
    const { site, ask } = await aWriter()
    const sizes: number[] = []
    site.answers.append = ({ name }, { ledger }) => {
      if (name !== 'beans') return undefined
      sizes.push(ledger.pending.length)
      return ledger.pending.length > 5 ? { before: { kind: 'tooLarge' } } : undefined
    }
    const outcomes = Array.from({ length: 16 }, (_, index) => ask(holding(`r${index}`)))
    await site.pass(400)
    assert.deepEqual(sizes.slice(0, 3), [16, 8, 4])
    await site.pass(60_000)
    assert.ok(outcomes.every(({ end }) => String(end).startsWith('Reserve')))
    assert.equal(site.out('beans'), 16)
  })

  it('halves what it grants at once to those in line, too', async () => {
    const { site } = await aWriter()
    const line = Array.from({ length: 60 }, (_, index) => `patient-${index}`)
    const { quantity = 0 } = site.stored('beans')?.terms ?? {}
    site.apply('all', { beans: quantity }, { ttlMs: 3_600_000 })
    await site.pass(1_000)
    for (const name of line) site.apply(name, { beans: 1 }, { waitForMs: 3_600_000, ttlMs: 3_600_000 })
    await site.pass(10_000)
    let refused = 0
    site.answers.append = ({ name }, { ledger }) => {
      if (name !== 'beans' || ledger.pending.length <= 20) return undefined
      refused += 1
      return { before: { kind: 'tooLarge' } }
    }
    site.server.changeTerms('shop/beans', { quantity: quantity + 100 })
    await site.pass(60_000)
    assert.ok(line.every((name) => site.phaseOf(name) === 'Reserved'))
    assert.ok(refused > 0 && refused < 20, `${refused} writes were too large`)
  })

  it('is decided again, against the new terms, when the spec has changed under it', async () => {
    const { site, ask } = await aWriter()
    let looks = 0
    const outcome = ask({
      takesUnits: true,
      decide(book) {
        looks += 1
        return [hold('a', book.terms.quantity)]
      },
    })
    site.server.changeTerms('shop/beans', { quantity: 700 })
    await site.pass(500)
    assert.deepEqual([outcome.end, looks, site.out('beans')], ['Reserve a', 2, 700])
  })
})

describe('a stock whose write fails', () => {
  it('lets those who asked go after five seconds, stores it all the same, and calls them back', async () => {
    const { site, actor, ask, leader } = await aWriter()
    site.answers.append = ({ name }) => (name === 'beans' ? { before: denied } : undefined)
    const stored = ask(holding('stored'))
    const queued = ask({ decide: () => [] })
    await site.pass(4_000)
    assert.deepEqual([stored.end, queued.end], ['waits', 'waits'])
    await site.pass(2_500)
    assert.deepEqual([whyOf(stored.end), whyOf(queued.end)], ['StoreFails', 'StoreFails'])
    const late = ask(holding('new'))
    await site.clock.settle()
    assert.equal(whyOf(late.end), 'StoreFails')
    let called = 0
    actor.place().park('new', 'takes', () => void called++)
    assert.equal(actor.parked, 1)
    site.answers.append = () => undefined
    await site.pass(2_000)
    assert.deepEqual([called, actor.parked, site.out('beans'), leader.halted], [1, 0, 1, []])
  })

  it('lets them go after five seconds also when its next try is far away, and calls them back after that', async () => {
    const { site, ask } = await aWriter()
    site.apply('held', { beans: 1 })
    await site.pass(1_000)
    const answers = [{ before: { ...denied, retryAfterMs: 30_000 } }]
    site.answers.append = ({ name }) => (name === 'beans' ? answers.shift() : undefined)
    const stored = ask(holding('stored'))
    site.apply('order', { beans: 1 })
    await site.pass(4_900)
    assert.equal(stored.end, 'waits')
    await site.pass(200)
    assert.equal(whyOf(stored.end), 'StoreFails')
    await site.pass(1_000)
    assert.deepEqual(
      [site.phaseOf('order'), site.told('order')?.message],
      ['Pending', "beans: its books can't be stored: a freeze"],
    )
    await site.pass(25_000)
    assert.equal(site.phaseOf('order'), 'Reserved')
  })

  it('halts alone where its own schema refuses it, while a denial is only waited for', async () => {
    const { site, leader } = await aWriter()
    const refusing = ['milk']
    site.answers.append = ({ name }, { conditions }) => {
      if (name === 'beans') return { before: denied }
      const halts = conditions.some(({ reason }) => reason === 'InternalError')
      return refusing.includes(name) && !halts
        ? { before: { kind: 'refused', reason: 'out of bounds', guard: false } }
        : undefined
    }
    site.stock('sugar', { quantity: 9 })
    for (const name of ['beans', 'milk', 'sugar']) site.apply(`of-${name}`, { [name]: 1 })
    await site.pass(10_000)
    assert.deepEqual(site.phasesOf(['of-sugar', 'of-beans', 'of-milk']), ['Reserved', 'Pending', 'Pending'])
    assert.deepEqual(leader.halted, ['milk: shop/milk: out of bounds'])
    assert.equal(site.notReady('milk'), 'InternalError')
    site.answers.append = () => undefined
    await site.pass(30_000)
    assert.deepEqual(site.phasesOf(['of-sugar', 'of-beans', 'of-milk']), ['Reserved', 'Reserved', 'Reserved'])
    assert.deepEqual([site.notReady('milk'), leader.fatals], [undefined, []])
  })

  it('speaks of the guard where more would be out than there is', async () => {
    const { site, ask } = await aWriter()
    site.answers.append = (_, { reserved }) =>
      reserved > 0 ? { before: { kind: 'refused', reason: 'more than there is', guard: true } } : undefined
    const outcome = ask(holding('a'))
    await site.pass(100)
    assert.deepEqual([whyOf(outcome.end), site.notReady('beans')], ['InvariantViolated', 'InvariantViolated'])
  })

  it('touches the status no more where the schema is too old for it, and is not led on until that is mended', async () => {
    const { site, actor, ask, writes } = await aWriter()
    site.answers.append = (stock, status) => {
      const { waiting: _, ...pruned } = status
      writes.push(0)
      return { before: { kind: 'committed', stock: { ...stock, status: pruned as never } } }
    }
    const outcome = ask(holding('a'))
    await site.pass(1_000)
    const before = writes.length
    assert.deepEqual([whyOf(outcome.end), actor.mode], ['SchemaTooOld', 'halted'])
    await site.pass(5_000)
    assert.equal(writes.length, before)
    assert.equal(site.notReady('beans'), 'SchemaTooOld', 'only its condition is set')
  })
})
