import assert from 'node:assert/strict'
import { note } from '../fixtures/note.ts'
import type { ClusterSite } from './cluster-site.ts'
import { helmIn, install, installKinds } from './install.ts'
import { commandsUnder } from './install-page.ts'
import { finalizersIn, goesWithin, makeRestricted, secondsSince, untilNoFinalizers } from './namespaces.ts'
import { makeHeld, makeMachines } from './objects.ts'
import { sharedSite } from './shared-site.ts'

const system = 'kbnt-system'
const served = 'orphans'

describe('An operator that goes without its hook', function () {
  this.timeout(180_000)
  let site: ClusterSite

  before(async () => {
    site = sharedSite()
    await installKinds(site)
  })

  /** A namespace with live holds and machines, whose objects have finalizers. */
  async function makeBusy(namespace: string): Promise<void> {
    await makeHeld(site, namespace, 'held')
    await makeMachines(site, namespace, 3)
    assert.ok((await finalizersIn(site, namespace)).length > 3)
  }

  async function freed(namespace: string, after: string, startedAt: number): Promise<void> {
    await untilNoFinalizers(site, namespace)
    note(`${after} its finalizers were off after ${secondsSince(startedAt)}`)
  }

  describe('for all namespaces', () => {
    beforeEach(async () => {
      await makeRestricted(site, system)
      await makeRestricted(site, served)
      await install(site, system)
      await makeBusy(served)
    })

    it('leaves nothing stuck when it is removed as docs/install.md says', async () => {
      const startedAt = Date.now()
      const [deployment, release] = await commandsUnder('Without the Job')
      await site.run(deployment)
      await freed(served, 'with "Without the Job"', startedAt)
      await site.run(release)
      await goesWithin(site, served)
      await goesWithin(site, system)
    })

    it('leaves nothing stuck when its own namespace is deleted first', async () => {
      const startedAt = Date.now()
      await goesWithin(site, system)
      await freed(served, "with the operator's namespace", startedAt)
      await goesWithin(site, served)
      // what is of the cluster outlives the namespace, and the release that knew of it is gone
      const mine = ['-l', 'app.kubernetes.io/instance=kbnt-operator', '-o', 'name']
      await site.kubectl('delete', 'clusterrole,clusterrolebinding', ...mine)
    })
  })

  describe('for its own namespace', () => {
    const own = 'alone'
    beforeEach(async () => {
      await makeRestricted(site, own)
      await install(site, own, 'watchNamespaces=own')
      await makeBusy(own)
    })

    it('leaves nothing stuck when its Deployment is deleted by hand, and then the rest', async () => {
      const startedAt = Date.now()
      await site.kubectl('delete', 'deployment', 'kbnt-operator', '-n', own)
      await freed(own, 'with a Deployment deleted by hand', startedAt)
      await helmIn(site, own)('uninstall', '--no-hooks', '--wait', '--timeout=60s')
      await goesWithin(site, own)
    })

    it('is a race for its rights when it is uninstalled at once, and a command of docs/install.md ends it', async () => {
      await helmIn(site, own)('uninstall', '--no-hooks', '--wait', '--timeout=60s')
      const left = await finalizersIn(site, own)
      note(`after helm uninstall --no-hooks alone ${left.length} finalizers were left`)
      const startedAt = Date.now()
      const [, , patches] = await commandsUnder('Without the Job')
      await site.shell(patches)
      await freed(own, 'with the command for what is too late', startedAt)
      await goesWithin(site, own)
    })

    it('leaves nothing stuck when the namespace is deleted with everything in it', async () => {
      await goesWithin(site, own)
    })
  })
})
