import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeAccount } from './account.ts'
import type { ClusterSite, Programs } from './cluster-site.ts'
import { helmIn, ready, valuesOf } from './install.ts'
import { commandsUnder } from './install-page.ts'
import { finalizersIn, goesWithin, makeRestricted, ofTheCluster, podsOf } from './namespaces.ts'
import { makeHeld } from './objects.ts'
import { sharedSite } from './shared-site.ts'

const bakery = 'bakery'
const people = 'people'

/** With a token of their own, which opens nothing but what is bound. Everything in `bakery` is done by them, not by the owner. */
describe('The administrator of one namespace of a cluster', function () {
  this.timeout(120_000)
  this.bail(true) // each step stands on the one before
  let site: ClusterSite
  let ana: Programs
  let page: readonly (readonly string[])[]
  let directory: string

  before(async () => {
    site = sharedSite()
    directory = await mkdtemp(join(tmpdir(), 'kbnt-administrator-'))
    await makeRestricted(site, bakery)
    await makeRestricted(site, people)
    const { user, kubeconfig } = await makeAccount(site, people, 'ana', directory)
    const ours = new Map(Object.entries({ shop: bakery, ana: user }))
    const written = await commandsUnder('As the administrator of one namespace')
    page = written.map((command) => command.map((word) => ours.get(word) ?? word))
    const [kinds, bind] = page
    await site.run(kinds)
    await site.kubectl('create', 'rolebinding', 'ana', '-n', bakery, '--clusterrole=admin', `--user=${user}`)
    await site.run(bind)
    ana = site.as(kubeconfig)
  })
  after(() => rm(directory, { recursive: true, force: true }))

  const deployments = async () =>
    site.kubectl('get', 'deploy', '-n', bakery, '-o', 'jsonpath={.items[*].metadata.name}')

  it('may do nothing outside of it', async () => {
    for (const what of ['nodes', 'customresourcedefinitions', 'clusterroles', 'namespaces'])
      assert.match((await ana.tryKubectl('get', what)).stderr, /is forbidden/)
    assert.match((await ana.tryKubectl('get', 'secrets', '-n', 'kube-system')).stderr, /is forbidden/)
  })

  it('installs the operator', async () => {
    const [, , operator] = page
    await ana.run(operator, ...valuesOf(site), ...ready)
    assert.equal((await podsOf(ana, bakery)).length, 2)
  })

  it('tests it', async () => {
    const [, , , test] = page
    assert.match(await ana.run(test, '--timeout=50s'), /Phase:\s+Succeeded/)
  })

  it('has what she reserves held, and lets others reserve', async () => {
    await makeHeld(ana, bakery, 'hers')
    const [, , , , bob] = page
    await ana.run(bob)
  })

  it('upgrades it to have a gateway, and rolls it back', async () => {
    const helm = helmIn(ana, bakery)
    const gateway = ['--reset-then-reuse-values', '--set', 'gateway.enabled=true']
    await helm('upgrade', 'charts/kbnt-operator', ...gateway, ...ready)
    assert.equal(await deployments(), 'kbnt-operator kbnt-operator-gateway')
    await helm('rollback', '1', ...ready)
    assert.equal(await deployments(), 'kbnt-operator')
    await makeHeld(ana, bakery, 'afterwards')
  })

  it('uninstalls it, and her objects wait for nobody', async () => {
    await helmIn(ana, bakery)('uninstall', '--wait', '--timeout=90s')
    assert.deepEqual(await finalizersIn(ana, bakery), [])
    assert.deepEqual(await ofTheCluster(site), [])
    const hers = await ana.kubectl(
      'get',
      'deploy,service,configmap,secret,role,networkpolicy,pdb,hpa',
      '-n',
      bakery,
      '-o',
      'name',
    )
    assert.doesNotMatch(hers, /kbnt-operator/)
    for (const name of [bakery, people]) await goesWithin(site, name)
  })
})
