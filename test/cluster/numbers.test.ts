import assert from 'node:assert/strict'
import { inFlight } from '../fixtures/in-flight.ts'
import { note } from '../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../fixtures/observed-namespaces.ts'
import { until } from '../fixtures/until.ts'
import type { ClusterSite } from './cluster-site.ts'
import { helmIn, install, installKinds } from './install.ts'
import { finalizersIn, goesWithin, makeRestricted, secondsSince } from './namespaces.ts'
import { makeMachines } from './objects.ts'
import { sharedSite } from './shared-site.ts'

const system = 'kbnt-system'
const many = 'many'
const READY_WITHIN_MS = 30_000
const UNINSTALLED_WITHIN_MS = 60_000
const HOLDS = 1_000
const MACHINES = 50

describe('What an install and an uninstall take', function () {
  this.timeout(240_000)
  this.bail(true) // each step stands on the one before
  let site: ClusterSite
  let shop: ObservedNamespaces | undefined

  before(async () => {
    site = sharedSite()
    await installKinds(site)
    await makeRestricted(site, system)
  })
  after(() => shop?.close())

  it(`is at most ${READY_WITHIN_MS / 1_000} s until everything is ready, a gateway too`, async () => {
    const startedAt = Date.now()
    await install(site, system, 'gateway.enabled=true')
    note(`helm install --wait, with the gateway: ${secondsSince(startedAt)}`)
    assert.ok(Date.now() - startedAt <= READY_WITHIN_MS)
  })

  it(`is at most ${UNINSTALLED_WITHIN_MS / 1_000} s with ${HOLDS} holds and ${MACHINES} machines alive`, async () => {
    shop = await observedNamespaces(site.cluster.kubeconfig, [many])
    const { reserve, reservations, createStock } = shop
    await createStock('bean', { quantity: HOLDS, hold: { ttl: '1h' } })
    const names = Array.from({ length: HOLDS }, (_, index) => `order-${index}`)
    await inFlight(names, 16, (name) => reserve(name, { bean: 1 }))
    await makeMachines(site, many, MACHINES)
    // the capacity of a machine is a reservation, too
    const held = () => reservations.all().filter(({ status }) => status?.phase === 'Reserved').length
    await until('holds', 60_000, async () => held() >= HOLDS || undefined)

    const startedAt = Date.now()
    await helmIn(site, system)('uninstall')
    note(`helm uninstall with ${HOLDS} live holds and ${MACHINES} machines: ${secondsSince(startedAt)}`)
    assert.ok(Date.now() - startedAt <= UNINSTALLED_WITHIN_MS)
    assert.deepEqual(await finalizersIn(site, many), [])
    assert.equal(held() >= HOLDS, true, 'what is held stays held')
  })

  it('leaves namespaces that go when they are deleted', async () => {
    await shop?.close()
    for (const name of [many, system]) await goesWithin(site, name)
  })
})
