import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Allocation, addressCount, allotted } from '../../../../operator/domain/network/allocation.ts'

const wish = (uid: string, address?: string) => ({ uid, namespace: 'team', name: `machine-${uid}`, address })
const has = (uid: string, address: string): Allocation => ({ ...wish(uid), address })
const allot = (cidr: string, allocations: readonly Allocation[], address?: string, known: Allocation[] = []) =>
  allotted(cidr, allocations, wish('new', address), known)

describe('addressCount', () => {
  const sizes: readonly [string, number][] = [
    ['10.0.0.0/29', 5],
    ['10.20.0.0/24', 253],
    ['10.0.0.0/22', 1_021],
    ['10.0.0.0/21', 1_024],
    ['10.0.0.0/8', 1_024],
    ['fd00:20::/125', 5],
    ['fd00:20::/64', 1_024],
    ['nonsense', 0],
  ]
  for (const [cidr, total] of sizes)
    it(`has ${total} addresses of ${cidr} for machines`, () => {
      assert.deepEqual(addressCount(cidr, [has('a', '10.0.0.2')]), { total, used: 1 })
    })
})

describe('allotted', () => {
  it('gives the lowest that nobody has, behind that of the network and that of a router', () => {
    const first = allot('10.20.0.0/24', [])
    assert.deepEqual(first, {
      ...{ kind: 'given', address: '10.20.0.2' },
      allocations: [{ uid: 'new', namespace: 'team', name: 'machine-new', address: '10.20.0.2' }],
    })
    const answer = allot('fd00:20::/64', [has('a', 'fd00:20::2'), has('b', 'fd00:20::4')])
    assert.equal(answer.kind === 'given' && answer.address, 'fd00:20::3')
  })

  it('writes down what makes a machine where settings have changed that before it was made', () => {
    const before = { ...has('new', '10.20.0.2'), provider: 'Simulated' } as const
    const of = (provider: 'Simulated' | 'KubeVirt') =>
      allotted('10.20.0.0/24', [before], { ...wish('new'), provider }, [])
    assert.deepEqual(of('Simulated'), { kind: 'given', address: '10.20.0.2', allocations: undefined })
    const { address, ...answer } = of('KubeVirt') as Extract<ReturnType<typeof allotted>, { kind: 'given' }>
    assert.deepEqual([address, answer.allocations?.map(({ provider }) => provider)], ['10.20.0.2', ['KubeVirt']])
  })

  it('gives nobody an address that another has in another spelling', () => {
    const answer = allot('fd00:20::/64', [has('a', 'FD00:20:0::2')], undefined, [has('b', 'fd00:20::0003')])
    assert.equal(answer.kind === 'given' && answer.address, 'fd00:20::4')
  })

  it('has nothing to write for one that has its address', () => {
    const mine = has('new', '10.20.0.9')
    const want = { kind: 'given', address: '10.20.0.9', allocations: undefined }
    assert.deepEqual(allot('10.20.0.0/24', [mine]), want)
    assert.deepEqual(allot('10.20.0.0/24', [mine], '10.20.0.9'), want)
  })

  it('writes again what a machine was made with where the network has forgotten it', () => {
    const answer = allot('10.20.0.0/24', [has('a', '10.20.0.2')], '10.20.0.9')
    assert.deepEqual(answer.kind === 'given' && answer.allocations, [has('a', '10.20.0.2'), has('new', '10.20.0.9')])
  })

  it('moves none that was made: where two say something else of it, both stay taken', () => {
    const listed = [has('new', '10.20.0.3')]
    const want = { kind: 'differs', address: '10.20.0.9', listed: '10.20.0.3' }
    assert.deepEqual(allot('10.20.0.0/24', listed, '10.20.0.9'), want)
    const others = [has('other', '10.20.0.2')]
    const next = allotted('10.20.0.0/24', others, wish('next'), [has('new', '10.20.0.3'), has('new', '10.20.0.4')])
    assert.equal(next.kind === 'given' && next.address, '10.20.0.5')
  })

  it('leaves one that was made with what its network says where its own status is nonsense', () => {
    for (const odd of ['', 'nonsense', '10.21.0.9', '10.20.0.1', '10.20.0.255', '10.20.0.009']) {
      const listed = [has('other', '10.20.0.2'), has('new', '10.20.0.3')]
      const want = { kind: 'given', address: '10.20.0.3', allocations: undefined }
      assert.deepEqual(allot('10.20.0.0/24', listed, odd), want, odd)
      assert.deepEqual(allot('10.20.0.0/24', listed.slice(0, 1), odd), { kind: 'unknown' }, odd)
      assert.deepEqual(allot('10.20.0.0/24', [has('new', 'x')], odd), { kind: 'unknown' }, odd)
    }
  })

  it('keeps that of two entries of a machine that its own status names', () => {
    const answer = allot('10.20.0.0/24', [has('new', '10.20.0.3'), has('new', '10.20.0.4')], '10.20.0.4')
    assert.deepEqual(answer.kind === 'given' && answer.allocations, [has('new', '10.20.0.4')])
  })

  it('counts machines that the network has forgotten, and lists no more than 1,024', () => {
    const made = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => {
        const host = from + at + 2
        return has(`${from + at}`, `10.0.${Math.floor(host / 256)}.${host % 256}`)
      })
    const forgotten = made(0, 1_000)
    assert.equal(allot('10.0.0.0/16', made(1_000, 23), undefined, forgotten).kind, 'given')
    assert.deepEqual(allot('10.0.0.0/16', made(1_000, 24), undefined, forgotten), { kind: 'exhausted' })
    const back = allotted('10.0.0.0/16', made(1_000, 1_024), { ...wish('0'), address: '10.0.0.2' }, forgotten)
    assert.deepEqual(back, { kind: 'given', address: '10.0.0.2', allocations: undefined })
  })

  it('keeps one of two entries of the same machine', () => {
    const answer = allot('10.20.0.0/24', [has('new', '10.20.0.3'), has('new', '10.20.0.4')])
    assert.deepEqual(answer.kind === 'given' && answer.allocations, [has('new', '10.20.0.3')])
  })

  it('leaves out what others were made with by their own statuses', () => {
    const known = [has('old', '10.20.0.2'), has('new', '10.20.0.3')]
    const answer = allot('10.20.0.0/24', [], undefined, known)
    assert.equal(answer.kind === 'given' && answer.address, '10.20.0.3')
  })

  it('names who has the address that it was made with', () => {
    const other = has('other', '10.20.0.9')
    const want = { kind: 'taken', address: '10.20.0.9', by: other }
    assert.deepEqual(allot('10.20.0.0/24', [other], '10.20.0.9'), want)
    assert.deepEqual(allot('10.20.0.0/24', [has('new', '10.20.0.9'), other]), want)
    assert.deepEqual(allot('10.20.0.0/24', [], '10.20.0.9', [other]), want)
  })

  it('gives no address of a network, a router or everybody, nor one of somewhere else', () => {
    for (const odd of ['10.20.0.0', '10.20.0.1', '10.20.0.255', '10.21.0.9', 'fd00::9', '010.20.0.9', 'x']) {
      const answer = allot('10.20.0.0/24', [has('new', odd)])
      assert.equal(answer.kind === 'given' && answer.address, '10.20.0.2', odd)
    }
  })

  it('is exhausted when all are given, and with 1,024 machines', () => {
    const all = (count: number) =>
      Array.from({ length: count }, (_, at) => has(`${at}`, `10.0.${Math.floor((at + 2) / 256)}.${(at + 2) % 256}`))
    assert.deepEqual(allot('10.0.0.0/29', all(5)), { kind: 'exhausted' })
    assert.deepEqual(allot('10.0.0.0/8', all(1_024)), { kind: 'exhausted' })
    assert.equal(allot('10.0.0.0/8', all(1_023)).kind, 'given')
    assert.deepEqual(allot('10.0.0.0/29', [], undefined, all(5)), { kind: 'exhausted' })
    assert.deepEqual(allot('nonsense', []), { kind: 'exhausted' })
  })

  it('never gives two machines the same, whoever comes and goes, and always one when there is one', () => {
    const cidrs = fc.constantFrom('10.0.0.0/29', '10.0.0.128/28', 'fd00::/125')
    const moves = fc.array(fc.record({ uid: fc.integer({ min: 0, max: 15 }), comes: fc.boolean() }), { maxLength: 80 })
    fc.assert(
      fc.property(cidrs, moves, (cidr, steps) => {
        let allocations: readonly Allocation[] = []
        for (const { uid, comes } of steps) {
          if (!comes) allocations = allocations.filter((one) => one.uid !== `${uid}`)
          else {
            const answer = allotted(cidr, allocations, wish(`${uid}`), [])
            const { total, used } = addressCount(cidr, allocations)
            const had = allocations.some((one) => one.uid === `${uid}`)
            assert.equal(answer.kind, had || used < total ? 'given' : 'exhausted')
            if (answer.kind === 'given') allocations = answer.allocations ?? allocations
          }
          assert.equal(new Set(allocations.map(({ address }) => address)).size, allocations.length)
          assert.equal(new Set(allocations.map((one) => one.uid)).size, allocations.length)
        }
      }),
    )
  })
})
