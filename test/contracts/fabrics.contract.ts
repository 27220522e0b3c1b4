import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Fabrics } from '../../operator/application/network/fabrics.ts'
import type { Claim, Objection } from '../../operator/domain/network/fabric.ts'
import type { NewNetwork } from '../../operator/domain/network/underlay.ts'

const claimOf = (particular: Partial<Claim> = {}): Claim => ({
  ...{ uid: randomUUID(), namespace: 'team', name: 'blue', vlan: 120, cidr: '10.20.0.0/24' },
  ...particular,
})
const knowing = (...claims: readonly Claim[]): NewNetwork => ({
  ...{
    rule: undefined,
    unseen: undefined,
    known: () => claims,
    elsewhere: () => [],
    isNew: true,
    underlay: { kind: 'bridge' },
  },
})
const none = knowing()
const unseen: Objection = { reason: 'FabricUnseen', message: 'not listed yet' }

/** What every book of fabrics promises. `open` gives one that is empty, and others of the same install beside it. */
export function fabricsContract(name: string, open: () => Promise<readonly [Fabrics, ...Fabrics[]]>): void {
  describe(`${name} as Fabrics`, () => {
    let fabrics: Fabrics
    let others: readonly Fabrics[]
    let fabric = ''
    before(async () => {
      ;[fabrics, ...others] = await open()
    })
    beforeEach(() => {
      fabric = `f-${randomUUID().slice(0, 8)}`
    })
    const claimsIn = async (of: string) =>
      (await fabrics.all()).filter((placed) => placed.fabric === of).map(({ claim }) => claim)

    it('keeps a claim, once, however often it is made', async () => {
      const claim = claimOf()
      for (let times = 0; times < 2; times += 1) assert.equal(await fabrics.claim(fabric, claim, none), undefined)
      assert.deepEqual(await claimsIn(fabric), [claim])
    })

    it('refuses what is another’s, and names that one', async () => {
      await fabrics.claim(fabric, claimOf(), none)
      const objection = await fabrics.claim(fabric, claimOf({ name: 'red', cidr: '10.21.0.0/24' }), none)
      assert.equal(objection?.reason, 'VlanTaken')
      assert.match(objection?.message ?? '', /network team\/blue/)
      assert.equal((await claimsIn(fabric)).length, 1)
    })

    it('lets the same be on another fabric', async () => {
      await fabrics.claim(fabric, claimOf(), none)
      assert.equal(await fabrics.claim(`${fabric}-b`, claimOf({ name: 'red' }), none), undefined)
    })

    it('gives what was released to the next one, and nothing to who has released nothing', async () => {
      const claim = claimOf()
      await fabrics.claim(fabric, claim, none)
      await fabrics.release(fabric, 'somebody else')
      assert.equal((await claimsIn(fabric)).length, 1)
      for (let times = 0; times < 2; times += 1) await fabrics.release(fabric, claim.uid)
      const next = claimOf({ name: 'red' })
      assert.equal(await fabrics.claim(fabric, next, none), undefined)
      assert.deepEqual(await claimsIn(fabric), [next])
      await fabrics.release(`${fabric}-never`, claim.uid)
    })

    it('begins a book with what is known, so that nobody takes that', async () => {
      const known = claimOf()
      const objection = await fabrics.claim(fabric, claimOf({ name: 'red' }), knowing(known))
      assert.equal(objection?.reason, 'VlanTaken')
      assert.deepEqual(await claimsIn(fabric), [known])
    })

    it('begins no book while others may be unseen, and goes on with one that there is', async () => {
      const claim = claimOf()
      assert.equal((await fabrics.claim(fabric, claim, { ...none, unseen }))?.reason, 'FabricUnseen')
      assert.deepEqual(await claimsIn(fabric), [])
      await fabrics.claim(fabric, claim, none)
      const red = claimOf({ name: 'red', vlan: 121, cidr: '10.21.0.0/24' })
      assert.equal(await fabrics.claim(fabric, red, { ...none, unseen }), undefined)
    })

    it('gives nobody what another is known to have, also where the book has lost that', async () => {
      const known = claimOf()
      await fabrics.claim(fabric, claimOf({ name: 'green', vlan: 7, cidr: '10.7.0.0/24' }), none)
      assert.equal((await fabrics.claim(fabric, claimOf({ name: 'red' }), knowing(known)))?.reason, 'VlanTaken')
      assert.equal(await fabrics.claim(fabric, known, none), undefined)
    })

    it('holds rules against those alone that are not in the book', async () => {
      const rule: Objection = { reason: 'OutOfRange', message: 'not here' }
      const claim = claimOf()
      assert.equal((await fabrics.claim(fabric, claim, { ...none, rule }))?.reason, 'OutOfRange')
      assert.deepEqual(await claimsIn(fabric), [])
      await fabrics.claim(fabric, claim, none)
      assert.equal(await fabrics.claim(fabric, claim, { ...none, rule }), undefined)
    })

    it('adds to a claim of before who makes it', async () => {
      const claim = claimOf()
      await fabrics.claim(fabric, claim, none)
      await fabrics.claim(fabric, { ...claim, provider: 'Simulated' }, none)
      assert.deepEqual(await claimsIn(fabric), [{ ...claim, provider: 'Simulated' }])
    })

    it('follows whose machines may be on a network', async () => {
      const claim = claimOf({ provider: 'Simulated' })
      for (const sharedWith of [undefined, ['friends'], [], ['friends', 'others'], undefined]) {
        const now = { ...claim, ...(sharedWith && { sharedWith }) }
        await fabrics.claim(fabric, now, none)
        assert.deepEqual(await claimsIn(fabric), [now])
        for (const user of ['friends', 'others', claim.namespace]) {
          const isFor = user === claim.namespace || (sharedWith?.includes(user) ?? true)
          assert.equal(fabrics.isFor(fabric, claim.uid, user), isFor, user)
        }
      }
      assert.equal(fabrics.isFor(fabric, 'nobody', 'friends'), false)
    })

    describe('on another parent by its settings', () => {
      const on = (parent: string): NewNetwork => ({
        ...none,
        underlay: { kind: 'bridge', parent: `${fabric}-${parent}` },
      })
      const real = claimOf({ provider: 'NetworkAttachmentDefinition' })
      const red = { ...real, uid: 'red', name: 'red', vlan: 121, cidr: '10.21.0.0/24' }

      it('has what was made stay on the old one, and takes nothing real before that is gone', async () => {
        await fabrics.claim(fabric, real, on('old'))
        for (let times = 0; times < 2; times += 1) {
          assert.equal(await fabrics.claim(fabric, real, on('new')), undefined)
          const objection = await fabrics.claim(fabric, red, on('new'))
          assert.equal(objection?.reason, 'FabricMoved')
          assert.match(objection?.message ?? '', /were made on f-\w+-old \(bridge\), and its settings name f-\w+-new/)
          assert.equal(fabrics.underlay(fabric)?.parent, `${fabric}-old`)
        }
        assert.equal(await fabrics.claim(fabric, { ...red, provider: 'Simulated' }, on('new')), undefined)
        await fabrics.release(fabric, real.uid)
        await fabrics.release(fabric, red.uid)
        assert.equal(await fabrics.claim(fabric, red, on('new')), undefined)
        assert.equal(fabrics.underlay(fabric)?.parent, `${fabric}-new`)
      })

      it('has one that the book has lost come back to where the others are', async () => {
        await fabrics.claim(fabric, real, on('old'))
        assert.equal(await fabrics.claim(fabric, red, { ...on('new'), isNew: false }), undefined)
        assert.equal(fabrics.underlay(fabric)?.parent, `${fabric}-old`)
      })

      it('keeps its vlans and ranges on the old one from another fabric that is there now', async () => {
        await fabrics.claim(fabric, real, on('old'))
        const other = { ...real, uid: 'other', name: 'other' }
        assert.equal((await fabrics.claim(`${fabric}-b`, other, on('old')))?.reason, 'VlanTaken')
        assert.equal(await fabrics.claim(`${fabric}-b`, other, on('new')), undefined)
        assert.equal(await fabrics.claim(`${fabric}-c`, { ...red, uid: 'c' }, on('old')), undefined)
      })
    })

    it('lets one of many come through that want the same at once', async () => {
      const all = [fabrics, ...others]
      const wanted = Array.from({ length: 12 }, (_, index) => claimOf({ name: `n-${index}` }))
      const answers = await Promise.allSettled(
        wanted.map((claim, index) => (all[index % all.length] as Fabrics).claim(fabric, claim, none)),
      )
      const through = answers.filter((answer) => answer.status === 'fulfilled' && answer.value === undefined)
      assert.equal(through.length, 1)
      assert.equal((await claimsIn(fabric)).length, 1)
    })
  })
}
