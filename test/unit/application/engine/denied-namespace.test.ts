import assert from 'node:assert/strict'
import { leadAt } from './a-leader.ts'
import { aSite, denied, type Site } from './a-site.ts'

const hourMs = 3_600_000
const many = (prefix: string) => Array.from({ length: 200 }, (_, index) => `${prefix}-${index}`)

function aSharedSite(): Site {
  const site = aSite()
  for (const name of ['beans', 'milk']) site.stock(name, { quantity: 10_000, allowedNamespaces: ['*'] })
  return site
}

/** Every status of `sick` is denied, but for those whose name begins so. */
function deny(site: Site, but = '-'): void {
  site.answers.report = ({ namespace, name }) => (namespace === 'sick' && !name.startsWith(but) ? denied : undefined)
}

/** Somebody else holds a unit of beans before. */
async function withMine(site: Site): Promise<void> {
  site.apply('mine', { beans: 1 }, { ttlMs: 10 * hourMs })
  await site.pass(1_000)
}

/** Each kind of decision of other namespaces goes on. */
async function servesOthers(site: Site): Promise<void> {
  site.apply('new', { beans: 1 }, { ttlMs: hourMs })
  site.apply('set', { beans: 1, milk: 1 }, { ttlMs: hourMs })
  site.server.changeReservation('shop/mine', { state: 'Confirmed' })
  await site.pass(10_000)
  assert.deepEqual(site.phasesOf(['new', 'set', 'mine']), ['Reserved', 'Reserved', 'Confirmed'])
  site.server.changeReservation('shop/new', { state: 'Released' })
  await site.pass(10_000)
  assert.equal(site.phaseOf('new'), 'Released')
}

describe('a namespace whose statuses are denied', () => {
  it('leaves a shared stock to others when its holds end at one moment, at a takeover', async () => {
    const site = aSharedSite()
    const leader = await leadAt(site)
    await withMine(site)
    for (const name of many('held')) site.apply(name, { beans: 1 }, { namespace: 'sick', ttlMs: 60_000 })
    await site.pass(10_000)
    deny(site)
    leader.kill()
    await site.pass(60_000)
    const { journal } = (await leadAt(site, 'writer-2')).actorOf('beans')
    await site.pass(30_000)
    assert.equal(journal.entries.length, 144)
    assert.equal(site.out('beans'), 201 - 144, 'units come back to others')
    await servesOthers(site)
    site.answers.report = () => undefined
    await site.pass(60_000)
    assert.ok(many('held').every((name) => site.phaseOf(name, 'sick') === 'Expired'))
    assert.equal(journal.entries.length, 0)
  })

  for (const [what, namespace] of [
    ['a stock of its own', 'shop'],
    ['a shared stock', 'sick'],
  ] as const)
    it(`of which some are not denied has these served by ${what}`, async () => {
      const site = aSharedSite()
      await leadAt(site)
      site.answers.report = ({ name }) => (name.startsWith('held') ? denied : undefined)
      for (const name of many('held').slice(0, 40)) site.apply(name, { beans: 1 }, { namespace, ttlMs: hourMs })
      await site.pass(30_000)
      site.apply('well', { beans: 1 }, { namespace, ttlMs: hourMs })
      site.apply('patient', { beans: 1 }, { namespace, ttlMs: hourMs, waitForMs: 60_000 })
      await site.pass(15_000)
      assert.deepEqual([site.phaseOf('well', namespace), site.phaseOf('patient', namespace)], ['Reserved', 'Reserved'])
    })

  it('is asked only now and then whether its statuses can be written, however many wait for that', async () => {
    const site = aSharedSite()
    await leadAt(site)
    let tries = 0
    site.answers.report = ({ name }) => {
      if (name.startsWith('new')) tries += 1
      return denied
    }
    for (const name of many('held').slice(0, 40)) site.apply(name, { beans: 1 }, { namespace: 'sick', ttlMs: hourMs })
    await site.pass(30_000)
    for (const name of many('new')) site.apply(name, { beans: 1 }, { namespace: 'sick', ttlMs: hourMs })
    await site.pass(60_000)
    tries = 0
    await site.pass(60_000)
    assert.ok(tries > 0 && tries < 200, `${tries} in a minute`)
  })

  it('holds up nobody behind it in a strict line', async () => {
    const site = aSharedSite()
    const leader = await leadAt(site)
    site.apply('all', { beans: 10_000 }, { ttlMs: 60_000 })
    await site.pass(1_000)
    for (const name of many('waits')) site.apply(name, { beans: 1 }, { namespace: 'sick', waitForMs: hourMs })
    await site.pass(10_000)
    site.apply('behind', { beans: 1 }, { waitForMs: hourMs })
    await site.pass(1_000)
    deny(site)
    await site.pass(60_000)
    assert.equal(site.phaseOf('behind'), 'Reserved')
    assert.ok(leader.actorOf('beans').journal.entries.length <= 112)
    site.answers.report = () => undefined
    await site.pass(30_000)
    assert.ok(many('waits').every((name) => site.phaseOf(name, 'sick') === 'Reserved'))
  })

  it('at the head of a strict line holds up neither newcomers nor sets', async () => {
    const site = aSharedSite()
    await leadAt(site)
    site.apply('blocker', { beans: 6_000 })
    await site.pass(1_000)
    site.apply('head', { beans: 5_000 }, { namespace: 'sick', waitForMs: 10 * hourMs })
    await site.pass(1_000)
    deny(site)
    for (const name of many('never-fits')) site.apply(name, { beans: 20_000 }, { namespace: 'sick' })
    await site.pass(20_000)
    site.server.changeReservation('shop/blocker', { state: 'Released' })
    await site.pass(1_000)
    site.apply('set', { beans: 1, milk: 1 }, { waitForMs: hourMs })
    site.apply('single', { beans: 1 }, { waitForMs: hourMs })
    site.apply('at-once', { beans: 1 })
    await site.pass(2_000)
    assert.deepEqual(site.phasesOf(['set', 'single', 'at-once']), ['Reserved', 'Reserved', 'Reserved'])
    site.answers.report = () => undefined
    await site.pass(30_000)
    assert.equal(site.phaseOf('head', 'sick'), 'Reserved')
  })

  it('is passed over within seconds by those behind it also where nothing else is decided', async () => {
    const site = aSharedSite()
    const leader = await leadAt(site)
    site.apply('blocker', { beans: 6_000 }, { ttlMs: 10 * hourMs })
    await site.pass(1_000)
    site.apply('too-large-by-now', { beans: 9_000 }, { waitForMs: 10 * hourMs })
    await site.pass(1_000)
    site.server.changeTerms('shop/beans', { limits: { perReservation: 8_000 } })
    site.apply('head', { beans: 5_000 }, { namespace: 'sick', waitForMs: 10 * hourMs })
    site.apply('behind', { beans: 1 }, { waitForMs: 10 * hourMs })
    await site.pass(1_000)
    deny(site)
    for (const name of many('also-wait').slice(0, 40))
      site.apply(name, { beans: 5_000 }, { namespace: 'sick', waitForMs: 10 * hourMs })
    await site.pass(20_000)
    assert.equal(site.phaseOf('behind'), 'Waiting')
    await leader.refresh()
    assert.equal(site.phaseOf('behind'), 'Reserved')
  })

  for (const [sentence, lines] of [
    ['of one stock', { beans: 1 }],
    ['of several stocks', { beans: 1, milk: 1 }],
  ] as const)
    it(`in part leaves a shared stock to others, with reservations ${sentence}`, async () => {
      const site = aSharedSite()
      const leader = await leadAt(site)
      await withMine(site)
      deny(site, 'good')
      for (let second = 0; second < 60; second += 1) {
        site.apply(`good-${second}`, { milk: 1 }, { namespace: 'sick' })
        for (let of = 0; of < 6; of += 1) site.apply(`bad-${second}-${of}`, lines, { namespace: 'sick', ttlMs: 20_000 })
        await site.pass(1_000)
      }
      const lengths = ['beans', 'milk'].map((name) => leader.actorOf(name).journal.entries.length)
      assert.ok(Math.max(...lengths) <= 144, `${lengths}`)
      await servesOthers(site)
    })
})
