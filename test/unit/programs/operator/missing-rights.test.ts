import assert from 'node:assert/strict'
import { type Right, rightsText } from '../../../../operator/infrastructure/kubernetes/access-review.ts'
import { missingRights } from '../../../../operator/programs/operator/missing-rights.ts'
import { neededRights } from '../../../../operator/programs/operator/needed-rights.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const needed = neededRights({
  ownNamespace: 'kbnt-system',
  leaseName: 'kbnt',
  namespaces: ['shop'],
  deployment: undefined,
  orders: false,
})

function aWatcher(isRefused: (right: Right) => boolean) {
  const clock = fakeClock()
  const said: string[] = []
  let looks = 0
  let refuse = isRefused
  const say = (message: string) => void said.push(message)
  const rights = missingRights({
    needed,
    refused: (some) => {
      looks += 1
      return Promise.resolve(some.filter((right) => refuse(right)))
    },
    clock,
    random: () => 0,
    logger: { debug: say, info: say, warn: say, error: say, child: () => assert.fail(), enabled: () => true },
  })
  const granted = () => {
    refuse = () => false
  }
  return { clock, rights, said, granted, looks: () => looks }
}

describe('Rights that are missing', () => {
  it('are named by verb, resource and namespace', () => {
    const some = [
      { verb: 'list', group: 'kbnt.io', resource: 'virtualstocks' },
      { verb: 'watch', group: 'kbnt.io', resource: 'virtualstocks' },
      { verb: 'update', group: 'kbnt.io', resource: 'virtualstocks/status', namespace: 'shop' },
      { verb: 'get', group: '', resource: 'namespaces', name: 'shop', namespace: 'shop' },
    ]
    assert.equal(
      rightsText(some),
      'list, watch virtualstocks.kbnt.io in all namespaces; update virtualstocks.kbnt.io/status in namespace shop; ' +
        'get namespaces/shop in namespace shop',
    )
  })

  it('keep it from beginning only where nobody leads without them', async () => {
    const { rights, said } = aWatcher(({ resource }) => resource === 'events')
    assert.equal(await rights.hindrance(), undefined)
    assert.deepEqual(said, [])
    const lease = aWatcher(({ resource }) => resource === 'leases' || resource === 'events')
    assert.match(
      (await lease.rights.hindrance()) ?? '',
      /^rights are missing: create leases.coordination.k8s.io in namespace kbnt-system; get, update leases.coordination.k8s.io\/kbnt in namespace kbnt-system; the chart's Roles/,
    )
    assert.match(lease.rights.toServe ?? '', /create, patch events.events.k8s.io in namespace shop/)
    assert.equal(lease.said.length, 1)
  })

  it('keep nothing but networks waiting where only these need them', async () => {
    const { clock, rights, said } = aWatcher(({ resource }) => resource === 'networkfabrics')
    assert.equal(await rights.hindrance(), undefined)
    rights.suspect()
    await clock.settle()
    assert.equal(rights.toLead, undefined)
    assert.match(rights.toServe ?? '', /networkfabrics.kbnt.io in namespace kbnt-system/)
    assert.equal(said.length, 1)
  })

  it('are looked for when something is refused, told once, and looked for ever later until they are there', async () => {
    const { clock, rights, said, granted, looks } = aWatcher(({ verb }) => verb === 'patch')
    for (let calls = 0; calls < 5; calls += 1) rights.suspect()
    await clock.settle()
    assert.equal(looks(), 1)
    await clock.advance(60_000)
    assert.equal(looks(), 5) // after 2, 4, 8 and 16 more seconds
    assert.equal(said.length, 1)
    assert.match(said[0] ?? '', /patch virtualstocks.kbnt.io in namespace shop; .*helm upgrade/)
    granted()
    await clock.advance(60_000)
    assert.deepEqual(said.slice(1), ['no right is missing any more'])
    assert.equal(rights.toServe, undefined)
  })

  it('are not looked for again and again because of refusals that have another cause', async () => {
    const { clock, rights, looks } = aWatcher(() => false)
    for (let second = 0; second < 120; second += 1) {
      rights.suspect()
      await clock.advance(1_000)
    }
    assert.equal(looks(), 2)
  })
})
