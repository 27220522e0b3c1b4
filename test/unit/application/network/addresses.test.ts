import assert from 'node:assert/strict'
import fc from 'fast-check'
import { networkAddresses } from '../../../../operator/application/network/addresses.ts'
import type { Allocation } from '../../../../operator/domain/network/allocation.ts'
import type { Network } from '../../../../operator/domain/network/network.ts'
import { Crash, type CrashPoint, crashPoints } from '../../../fakes/crash-points.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { type InMemoryResources, inMemoryResources } from '../../../fakes/in-memory-resources.ts'
import { anActiveNetwork } from '../../../fixtures/network-builders.ts'

const key = 'team/blue'
const machine = (uid: string) => ({ uid, namespace: 'team', name: `machine-${uid}` })

interface Site {
  readonly networks: InMemoryResources<Network>
  readonly blue: Network
  /** What machines say of themselves. */
  readonly known: Allocation[]
  allocations(): Record<string, string>
}

function aSite(cidr = '10.20.0.0/24'): Site {
  const networks = inMemoryResources<Network>('kbnt.io/network')
  const blue = networks.put(anActiveNetwork({ spec: { cidr } }))
  return {
    ...{ networks, blue, known: [] },
    allocations: () =>
      Object.fromEntries((networks.stored(key)?.status?.allocations ?? []).map(({ uid, address }) => [uid, address])),
  }
}

const addressesOf = ({ networks, known }: Pick<Site, 'networks' | 'known'>) =>
  networkAddresses({ networks, known: () => known, clock: fakeClock() })

describe('addresses of a network', () => {
  it('are of the range that its spec says, whatever somebody wrote into its status', async () => {
    const site = aSite()
    const { status } = anActiveNetwork()
    const edited = site.networks.put({ ...site.blue, status: { ...status, cidr: '10.99.0.0/29' } })
    assert.deepEqual(await addressesOf(site).claim(edited, machine('a')), { kind: 'given', address: '10.20.0.2' })
    const stored = site.networks.stored(key)?.status
    assert.deepEqual([stored?.cidr, stored?.addresses], ['10.20.0.0/24', { total: 253, used: 1 }])
  })

  it('are stored with their count before they are answered, and given back', async () => {
    const site = aSite()
    const addresses = addressesOf(site)
    assert.deepEqual(await addresses.claim(site.blue, machine('a')), { kind: 'given', address: '10.20.0.2' })
    const { status } = site.networks.stored(key) ?? {}
    assert.deepEqual(status?.allocations, [{ ...machine('a'), address: '10.20.0.2' }])
    assert.deepEqual(status.addresses, { total: 253, used: 1 })
    assert.deepEqual(
      { ...status, allocations: undefined, addresses: undefined },
      {
        ...{ ...site.blue.status, allocations: undefined, addresses: undefined },
      },
    )
    await addresses.release(site.blue, 'a')
    await addresses.release(site.blue, 'a')
    assert.equal(site.networks.stored(key)?.status?.allocations, undefined)
    assert.deepEqual(site.networks.stored(key)?.status?.addresses, { total: 253, used: 0 })
  })

  it('are given to nobody new while others may have them who were not seen yet, and stay with those who have them', async () => {
    const site = aSite()
    await addressesOf(site).claim(site.blue, machine('a'))
    const addresses = networkAddresses({
      networks: site.networks,
      known: () => [],
      unseen: () => 'nothing was listed',
      clock: fakeClock(),
    })
    assert.deepEqual(await addresses.claim(site.blue, machine('b')), { kind: 'unseen', message: 'nothing was listed' })
    assert.deepEqual(await addresses.claim(site.blue, machine('a')), { kind: 'given', address: '10.20.0.2' })
    const made = { ...machine('c'), address: '10.20.0.9' }
    assert.deepEqual(await addresses.claim(site.blue, made), { kind: 'given', address: '10.20.0.9' })
    assert.deepEqual(site.allocations(), { a: '10.20.0.2', c: '10.20.0.9' })
  })

  it('are written once for one that asks again', async () => {
    const site = aSite()
    const addresses = addressesOf(site)
    await addresses.claim(site.blue, machine('a'))
    const writes = site.networks.writes.length
    assert.deepEqual(await addresses.claim(site.blue, machine('a')), { kind: 'given', address: '10.20.0.2' })
    assert.equal(site.networks.writes.length, writes)
  })

  it('are given to many at once without one in the way of another', async () => {
    const site = aSite()
    const addresses = addressesOf(site)
    const uids = Array.from({ length: 50 }, (_, at) => `m${at}`)
    await Promise.all(uids.map((uid) => addresses.claim(site.blue, machine(uid))))
    assert.equal(new Set(Object.values(site.allocations())).size, 50)
    assert.equal(site.networks.writes.length, 50)
  })

  it('are never the same under two leaders: who comes second decides anew', async () => {
    const site = aSite()
    let others = 1
    const disturbed = {
      ...site.networks,
      async read(namespace: string, name: string) {
        const network = await site.networks.read(namespace, name)
        if (others-- > 0) await addressesOf(site).claim(site.blue, machine('other'))
        return network
      },
    }
    const answer = await addressesOf({ ...site, networks: disturbed }).claim(site.blue, machine('a'))
    assert.deepEqual(answer, { kind: 'given', address: '10.20.0.3' })
    assert.deepEqual(site.allocations(), { other: '10.20.0.2', a: '10.20.0.3' })
  })

  it('are given up for now where somebody is always faster', async () => {
    const site = aSite()
    for (let times = 0; times < 4; times += 1) site.networks.answerNext({ kind: 'conflict' })
    await assert.rejects(addressesOf(site).claim(site.blue, machine('a')), /team\/blue could not be written: conflict/)
    assert.deepEqual(site.allocations(), {})
  })

  it('are the same after an answer that was lost', async () => {
    for (const side of ['before', 'after'] as const) {
      const site = aSite()
      const crashing = crashPoints(['read', 'report'], [{ call: 2, side }])
      await assert.rejects(
        addressesOf({ ...site, networks: crashing.wrap(site.networks) }).claim(site.blue, machine('a')),
        Crash,
      )
      const answer = await addressesOf(site).claim(site.blue, machine('a'))
      assert.deepEqual(answer, { kind: 'given', address: '10.20.0.2' }, side)
      assert.deepEqual(site.allocations(), { a: '10.20.0.2' }, side)
    }
    const site = aSite()
    site.networks.answerNext({ kind: 'unknown', reason: 'time-out' })
    await assert.rejects(addressesOf(site).claim(site.blue, machine('a')), /time-out/)
  })

  it('are not given by a network that is going, is not Active or is another one by now', async () => {
    const site = aSite()
    const addresses = addressesOf(site)
    await addresses.claim(site.blue, machine('old'))
    assert.deepEqual(await addresses.claim({ ...site.blue, uid: 'another' }, machine('a')), { kind: 'lost' })
    site.networks.delete(key)
    assert.deepEqual(await addresses.claim(site.blue, machine('a')), { kind: 'lost' })
    assert.deepEqual(await addresses.claim(site.blue, machine('old')), { kind: 'given', address: '10.20.0.2' })
    site.networks.tearOut(key)
    assert.deepEqual(await addresses.claim(site.blue, machine('a')), { kind: 'lost' })
    await addresses.release(site.blue, 'old')
    const pending = aSite()
    pending.networks.put({ ...pending.blue, status: { ...anActiveNetwork().status, phase: 'Pending' } })
    assert.deepEqual(await addressesOf(pending).claim(pending.blue, machine('a')), { kind: 'lost' })
    const conditions = pending.blue.status?.conditions.map((one) => ({ ...one, status: 'False' as const })) ?? []
    pending.networks.put({ ...pending.blue, status: { ...anActiveNetwork().status, conditions } })
    assert.deepEqual(await addressesOf(pending).claim(pending.blue, machine('a')), { kind: 'lost' })
  })

  it('count what machines say of themselves where the network has lost its list', async () => {
    const site = aSite('10.20.0.0/29')
    site.known.push({ ...machine('old'), address: '10.20.0.2' })
    const addresses = addressesOf(site)
    assert.deepEqual(await addresses.claim(site.blue, machine('a')), { kind: 'given', address: '10.20.0.3' })
    const again = await addresses.claim(site.blue, { ...machine('old'), address: '10.20.0.2' })
    assert.deepEqual(again, { kind: 'given', address: '10.20.0.2' })
    assert.deepEqual(site.allocations(), { a: '10.20.0.3', old: '10.20.0.2' })
  })

  it('never collide, whoever comes, goes, dies or leads beside', async () => {
    const moves = fc.array(
      fc.record({
        uid: fc.integer({ min: 0, max: 7 }),
        comes: fc.boolean(),
        dies: fc.constantFrom<CrashPoint | undefined>(
          undefined,
          { call: 1, side: 'after' },
          { call: 2, side: 'before' },
          { call: 2, side: 'after' },
        ),
      }),
      { maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(moves, { minLength: 2, maxLength: 2 }), async (leaders) => {
        const site = aSite('10.20.0.0/29')
        const has = new Map<string, string>()
        const move = async (uid: string, comes: boolean, points: readonly CrashPoint[]) => {
          const networks = crashPoints(['read', 'report'], points).wrap(site.networks)
          const addresses = addressesOf({ ...site, networks })
          if (!comes) {
            has.delete(uid) // it is gone before its address is given back
            return addresses.release(site.blue, uid)
          }
          const answer = await addresses.claim(site.blue, machine(uid))
          if (answer.kind !== 'given') return
          assert.ok((has.get(uid) ?? answer.address) === answer.address, 'it has moved')
          has.set(uid, answer.address)
        }
        const lead = async (steps: (typeof leaders)[number], leader: number) => {
          for (const { uid, comes, dies } of steps) {
            await move(`${leader}-${uid}`, comes, dies ? [dies] : []).catch((error: unknown) => {
              if (!(error instanceof Crash) && !/conflict/.test(String(error))) throw error
            })
            assert.equal(new Set(has.values()).size, has.size)
          }
        }
        await Promise.all(leaders.map(lead))
        const stored = site.allocations()
        assert.equal(new Set(Object.values(stored)).size, Object.keys(stored).length)
        for (const [uid, address] of has) assert.equal(stored[uid], address)
      }),
    )
  })
})
