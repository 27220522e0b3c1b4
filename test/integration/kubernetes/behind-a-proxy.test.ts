import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { UnknownOutcomeError } from '../../../operator/infrastructure/kubernetes/api-error.ts'
import { kubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../../operator/infrastructure/kubernetes/kube-config.ts'
import { type ConnectProxy, connectProxy } from '../../fakes/connect-proxy.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const host = 'kube.corp.example'
const namespace = 'behind-a-proxy'

interface Config {
  readonly clusters: readonly [{ readonly cluster: object }]
}

/** As $KUBECONFIG may have it: where the cluster is in one file, who we are in another. */
describe('A cluster that only a proxy reaches', function () {
  this.timeout(60_000)
  let directory: string
  let proxy: ConnectProxy
  let kubeconfig: string
  let operator: OperatorProcess | undefined

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-proxy-'))
    proxy = await connectProxy({ [`${host}:6443`]: Number(new URL(testbed().url).port) })
    kubeconfig = await written()
    await testbed().kubectl(['create', 'namespace', namespace])
  })
  after(async () => {
    await operator?.dispose()
    await proxy?.close()
    await rm(directory, { recursive: true, force: true })
  })

  async function written(more: object = {}): Promise<string> {
    const { clusters, ...who } = JSON.parse(await readFile(testbed().kubeconfigPath, 'utf8')) as Config
    const [first] = clusters
    const there = { ...first.cluster, server: `https://${host}:6443`, 'tls-server-name': 'localhost', ...more }
    const kind = { apiVersion: 'v1', kind: 'Config' }
    const files = { where: { ...kind, clusters: [{ ...first, cluster: there }] }, who: { ...kind, ...who } }
    const paths = Object.entries(files).map(([name, config]) => {
      const path = join(directory, `${name}-${Object.keys(more).length}`)
      return { path, text: JSON.stringify(config) }
    })
    for (const { path, text } of paths) await writeFile(path, text)
    return paths.map(({ path }) => path).join(delimiter)
  }

  async function versionBy(path: string, environment: Readonly<Record<string, string>>): Promise<string> {
    const client = kubernetesClient({ kubeConfig: readKubeConfig(path, environment), userAgent: 'kbnt-test' })
    try {
      return (await client.call<{ gitVersion: string }>({ method: 'GET', path: '/version' })).body.gitVersion
    } finally {
      await client.close()
    }
  }

  it('is led by an operator whose environment names the proxy', async () => {
    operator = operatorProcess({
      ...{ kubeconfigPath: kubeconfig, namespaces: [namespace] as const },
      environment: { HTTPS_PROXY: proxy.url },
    })
    await operator.start()
    assert.ok(proxy.asked.length > 0)
    assert.deepEqual([...new Set(proxy.asked)], [`${host}:6443`])
    await operator.stop()
  })

  it('is audited by a chore whose environment names the proxy and both files', async () => {
    const before = proxy.asked.length
    const environment = { ...process.env, HTTPS_PROXY: proxy.url, KUBECONFIG: kubeconfig }
    const args = [join(projectDirectory, 'hack/audit.ts'), '--namespace', namespace]
    const { stdout, stderr } = await runProgram({ command: process.execPath, arguments: args, environment })
    assert.match(stdout, /^Nothing to compare: .* in namespace behind-a-proxy/, stderr)
    assert.ok(proxy.asked.length > before)
  })

  it('is reached by proxy-url, which wins over the environment', async () => {
    const path = await written({ 'proxy-url': proxy.url })
    assert.match(await versionBy(path, { HTTPS_PROXY: 'http://127.0.0.1:1' }), /^v1\./)
  })

  it('is not reached past the proxy, where NO_PROXY says so', async () => {
    const before = proxy.asked.length
    const past = versionBy(kubeconfig, { HTTPS_PROXY: proxy.url, NO_PROXY: 'corp.example' })
    await assert.rejects(past, UnknownOutcomeError)
    assert.equal(proxy.asked.length, before)
  })
})
