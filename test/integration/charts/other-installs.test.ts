import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { helm } from './helm.ts'

describe('A second release for all namespaces', function () {
  this.timeout(90_000)
  let kubeconfig: string

  /** Helm takes it; there is no kubelet that would run it. */
  const installOf = (chart: string, namespace: string, release: string, ...values: string[]) =>
    helm('upgrade', '--install', release, chart, '-n', namespace, '--kubeconfig', kubeconfig, ...values)
  const install = (...args: [namespace: string, release: string, ...values: string[]]) =>
    installOf('charts/kbnt-operator', ...args)

  before(async () => {
    const server = await testbed().ownApiServer()
    kubeconfig = server.kubeconfigPath
    const kubectl = testbed().kubectlOf(server)
    for (const namespace of ['first', 'second', 'third'])
      assert.equal((await kubectl(['create', 'namespace', namespace])).code, 0)
    const first = await install('first', 'kbnt')
    assert.equal(first.exitCode, 0, first.stderr)
  })

  it('is refused, with the name of the one that is there and the ways out', async () => {
    const { exitCode, stderr } = await install('second', 'kbnt')
    assert.notEqual(exitCode, 0)
    assert.match(stderr, /Release kbnt in namespace first serves all namespaces already/)
    assert.match(stderr, /--set watchNamespaces=own/)
    assert.match(stderr, /kubectl delete clusterrolebinding first[.]kbnt/)
  })

  it('may be made by who says so, or has namespaces of its own', async () => {
    for (const values of ['watchNamespaces=own', 'otherInstalls.check=false']) {
      const { exitCode, stderr } = await install('second', 'kbnt', '--dry-run=server', '--set', values)
      assert.equal(exitCode, 0, stderr)
    }
  })

  it('does not mean the release itself, when it is upgraded', async () => {
    for (const value of ['replicas=1', 'fullnameOverride=renamed', 'fullnameOverride=']) {
      const { exitCode, stderr } = await install('first', 'kbnt', '--set', value)
      assert.equal(exitCode, 0, stderr)
    }
  })

  it('is refused beside one that is called otherwise among the dependencies of a chart', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'kbnt-alias-'))
    try {
      const repository = `file://${join(projectDirectory, 'charts/kbnt-operator')}`
      const dependencies = [{ name: 'kbnt-operator', alias: 'stock', version: '*', repository }]
      const chart = { apiVersion: 'v2', name: 'shop', version: '1.0.0', dependencies }
      await writeFile(join(parent, 'Chart.yaml'), stringify(chart))
      const update = await helm('dependency', 'update', parent)
      assert.equal(update.exitCode, 0, update.stderr)
      const beside = await installOf(parent, 'third', 'shop')
      assert.match(beside.stderr, /Release kbnt in namespace first serves all namespaces already/)
      const gone = await helm('uninstall', 'kbnt', '--no-hooks', '-n', 'first', '--kubeconfig', kubeconfig)
      assert.equal(gone.exitCode, 0, gone.stderr)
      for (const _ of ['installed', 'upgraded']) {
        const { exitCode, stderr } = await installOf(parent, 'third', 'shop')
        assert.equal(exitCode, 0, stderr)
      }
      const { stderr } = await install('second', 'kbnt')
      assert.match(stderr, /Release shop in namespace third serves[\s\S]*clusterrolebinding third[.]shop-stock/)
    } finally {
      await rm(parent, { recursive: true, force: true })
    }
  })
})
