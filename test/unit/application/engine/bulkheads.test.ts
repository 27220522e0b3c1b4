import assert from 'node:assert/strict'
import { keyOf } from '../../../../operator/domain/reservation/reservation.ts'
import { type Leader, leadAt } from './a-leader.ts'
import { aSite, type Site } from './a-site.ts'

/** More than any number of workers that a process could have. */
const MANY = 1_100
const hourMs = 3_600_000

interface Sickness {
  readonly name: string
  /** What the stock says of itself. */
  readonly reason: string
  /** What its waiting reservations are told. */
  readonly message: RegExp
  /** Whether those who hold some of it ask for more meanwhile. */
  readonly holdersAsk: boolean
  /** Makes the stock sick; answers who leads from then on. */
  readonly fall: (site: Site, leader: Leader) => Promise<void>
  readonly mend: (site: Site) => Promise<void>
}

const sicknesses: readonly Sickness[] = [
  {
    name: 'whose books are lost',
    reason: 'StatusLost',
    holdersAsk: true,
    message: /^beans: this stock had books, and they are not in its status/,
    async fall(site, leader) {
      leader.kill()
      site.server.restoreStock('shop/beans', false)
      await leadAt(site, 'writer-2')
    },
    mend: async (site) => site.server.acceptBooks('shop', 'beans'),
  },
  {
    name: 'whose books do not close',
    reason: 'BooksDoNotClose',
    holdersAsk: false,
    message: /^beans: reservations hold 1100, the books say 0 of 50/,
    async fall(site, leader) {
      leader.kill()
      site.server.changeTerms('shop/beans', { quantity: 50 })
      site.server.editStock('shop/beans', (status) => ({ ...status, reserved: 0, quantity: 50 }))
      await leadAt(site, 'writer-2')
    },
    async mend(site) {
      site.server.changeTerms('shop/beans', { quantity: 5_000 })
      await leadAt(site, 'writer-3')
    },
  },
  {
    name: 'that is halted',
    reason: 'InternalError',
    holdersAsk: true,
    message: /^beans: shop\/beans: ledger.at must be a date/,
    async fall(site) {
      site.answers.append = ({ name }, { conditions }) =>
        name === 'beans' && conditions.every(({ reason }) => reason !== 'InternalError')
          ? { before: { kind: 'refused', reason: 'ledger.at must be a date', guard: false } }
          : undefined
    },
    async mend(site) {
      site.answers.append = () => undefined
    },
  },
  {
    name: 'whose journal is full',
    reason: 'JournalFull',
    holdersAsk: true,
    message: /^beans: .*entries are not finished yet/,
    async fall(site) {
      const { uid } = site.stored('beans') ?? {}
      site.kafka.refused.add('beans')
      site.answers.spool = (stockUid) => (stockUid === uid ? Promise.reject(new Error('no room')) : undefined)
      site.apply('filler', { beans: 1 })
      for (let index = 0; index < 300; index += 1) site.apply(`filler-${index}`, { beans: 1 })
      await site.pass(35_000)
    },
    async mend(site) {
      site.kafka.refused.delete('beans')
      site.answers.spool = () => undefined
    },
  },
]

const namesOf = (prefix: string) => Array.from({ length: MANY }, (_, index) => `${prefix}-${index}`)

/** Many hold one unit of beans each. */
async function manyHolders(site: Site): Promise<Leader> {
  site.stock('beans', { quantity: 5_000 })
  site.stock('milk', { quantity: 10 })
  const leader = await leadAt(site)
  for (const name of namesOf('held')) site.apply(name, { beans: 1 }, { ttlMs: 10 * hourMs })
  await site.pass(20_000)
  assert.equal(site.out('beans'), MANY)
  return leader
}

function confirmAll({ server }: Site): void {
  for (const holder of namesOf('held')) server.changeReservation(keyOf('shop', holder), { state: 'Confirmed' })
}

describe('beside a stock', () => {
  for (const { name, reason, message, holdersAsk, fall, mend } of sicknesses) {
    it(`${name}, a healthy one serves as ever, and those who wait are told and come back with it`, async function () {
      this.timeout(240_000)
      const site = aSite()
      await fall(site, await manyHolders(site))
      for (const newcomer of namesOf('new')) site.apply(newcomer, { beans: 1 }, { ttlMs: hourMs })
      if (holdersAsk) confirmAll(site)
      site.apply('short', { milk: 1 }, { ttlMs: 10_000 })
      site.apply('sold', { milk: 1 }, { state: 'Confirmed' })
      await site.pass(1_000)
      assert.deepEqual(site.phasesOf(['short', 'sold']), ['Reserved', 'Confirmed'])
      await site.pass(12_000)
      const { finishedAt = '', expiresAt: _, phase } = site.told('short') ?? {}
      assert.equal(phase, 'Expired')
      assert.ok(Date.parse(finishedAt) - Date.parse(site.told('sold')?.confirmedAt ?? '') < 11_000)
      assert.equal(site.notReady('beans'), reason)
      const waiting = namesOf('new').map((newcomer) => site.told(newcomer))
      assert.ok(waiting.every((status) => status?.phase === 'Pending' && status.reason === 'StockBusy'))
      for (const status of waiting) assert.match(status?.message ?? '', message)
      await mend(site)
      if (!holdersAsk) confirmAll(site)
      await site.pass(400_000)
      assert.ok(namesOf('held').every((holder) => site.phaseOf(holder) === 'Confirmed'))
      assert.ok(namesOf('new').every((newcomer) => site.phaseOf(newcomer) === 'Reserved'))
      assert.equal(site.notReady('beans'), undefined)
    })
  }
})
