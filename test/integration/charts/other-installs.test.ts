import assert from 'node:assert/strict'
import { testbed } from '../../fixtures/testbed.ts'
import { helm } from './helm.ts'

describe('A second release for all namespaces', function () {
  this.timeout(90_000)
  let kubeconfig: string

  /** Helm takes it; there is no kubelet that would run it. */
  const install = (namespace: string, release: string, ...values: string[]) =>
    helm(
      'upgrade',
      '--install',
      release,
      'charts/kbnt-operator',
      '-n',
      namespace,
      '--kubeconfig',
      kubeconfig,
      ...values,
    )

  before(async () => {
    const server = await testbed().ownApiServer()
    kubeconfig = server.kubeconfigPath
    const kubectl = testbed().kubectlOf(server)
    for (const namespace of ['first', 'second'])
      assert.equal((await kubectl(['create', 'namespace', namespace])).code, 0)
    const first = await install('first', 'kbnt')
    assert.equal(first.exitCode, 0, first.stderr)
  })

  it('is refused, with the name of the one that is there and the ways out', async () => {
    const { exitCode, stderr } = await install('second', 'kbnt')
    assert.notEqual(exitCode, 0)
    assert.match(stderr, /Release kbnt in namespace first serves all namespaces already/)
    assert.match(stderr, /--set watchNamespaces=own/)
    assert.match(stderr, /kubectl delete clusterrolebinding first-kbnt/)
  })

  it('may be made by who says so, or has namespaces of its own', async () => {
    for (const values of ['watchNamespaces=own', 'otherInstalls.check=false']) {
      const { exitCode, stderr } = await install('second', 'kbnt', '--dry-run=server', '--set', values)
      assert.equal(exitCode, 0, stderr)
    }
  })

  it('does not mean the release itself, when it is upgraded', async () => {
    const { exitCode, stderr } = await install('first', 'kbnt', '--set', 'replicas=1')
    assert.equal(exitCode, 0, stderr)
  })
})
