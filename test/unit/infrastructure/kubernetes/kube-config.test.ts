import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import {
  accessSource,
  ownNamespace,
  readKubeConfig,
} from '../../../../operator/infrastructure/kubernetes/kube-config.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

describe('access by kubeconfig', () => {
  let directory: string

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kube-config-test-'))
    await writeFile(join(directory, 'ca.crt'), 'first CA')
    await writeFile(join(directory, 'token'), 'first token\n')
  })

  afterEach(() => rm(directory, { recursive: true }))

  const aSource = (user: object = {}) => {
    const kubeConfig = new KubeConfig()
    kubeConfig.loadFromClusterAndUser(
      {
        name: 'c',
        server: 'https://example.test:6443/prefix/',
        skipTLSVerify: false,
        caFile: join(directory, 'ca.crt'),
      },
      { name: 'u', authProvider: { name: 'tokenFile', config: { tokenFile: join(directory, 'token') } }, ...user },
    )
    const clock = fakeClock()
    return { clock, source: accessSource(kubeConfig, clock) }
  }

  it('gives server, prefix, token and CA', async () => {
    const { origin, host, basePath, headers, tls } = await aSource().source.current()
    assert.deepEqual(
      [origin, host, basePath, headers['authorization'], String(tls.ca)],
      ['https://example.test:6443', 'example.test:6443', '/prefix', 'Bearer first token', 'first CA'],
    )
  })

  it('reads files anew after ten seconds at the earliest, and marks connections of another CA as unusable', async () => {
    const { clock, source } = aSource()
    const first = await source.current()
    await writeFile(join(directory, 'ca.crt'), 'second CA')
    clock.jump(9_999)
    assert.equal(source.current(), first)
    clock.jump(1)
    assert.equal(source.current(), first, 'nobody waits for the reading')
    await clock.settle()
    const second = await source.current()
    assert.equal(String(second.tls.ca), 'second CA')
    assert.notEqual(second.fingerprint, first.fingerprint)
  })

  it('keeps its connections when only the token changes', async () => {
    const { source } = aSource()
    const first = await source.current()
    await writeFile(join(directory, 'token'), 'second token')
    const second = await source.renew()
    assert.equal(second.headers['authorization'], 'Bearer second token')
    assert.equal(second.fingerprint, first.fingerprint)
  })

  it('stays with what it has while files can’t be read, and says so when it has nothing', async () => {
    const { clock, source } = aSource()
    const first = await source.current()
    await rm(join(directory, 'ca.crt'))
    clock.jump(10_000)
    await source.current()
    await clock.settle()
    assert.equal(await source.current(), first)
    await assert.rejects(async () => aSource().source.current(), /ENOENT/)
  })

  it('sends names and passwords, and whom to act as', async () => {
    const { source } = aSource({ authProvider: undefined, username: 'ana', password: 'pw', impersonateUser: 'bob' })
    const { headers } = await source.current()
    assert.equal(headers['authorization'], `Basic ${Buffer.from('ana:pw').toString('base64')}`)
    assert.equal(headers['impersonate-user'], 'bob')
  })

  async function aFile(name: string, particular: object = {}): Promise<string> {
    const path = join(directory, name)
    const clusters = [{ name, cluster: { server: `https://${name}.test` } }]
    const contexts = [{ name, context: { cluster: name, user: name, namespace: 'shop' } }]
    const users = [{ name, user: { token: 't' } }]
    await writeFile(path, JSON.stringify({ clusters, contexts, users, 'current-context': name, ...particular }))
    return path
  }

  it('reads a file and the namespace of its context', async () => {
    assert.equal(ownNamespace(readKubeConfig(await aFile('one'))), 'shop')
    assert.equal(ownNamespace(new KubeConfig()), undefined)
  })

  it('reads several as kubectl does: the first one says which context, and one that is not there is passed over', async () => {
    const files = [join(directory, 'absent'), await aFile('one'), await aFile('two')]
    const kubeConfig = readKubeConfig(files.join(delimiter))
    assert.equal(kubeConfig.getCurrentCluster()?.server, 'https://one.test')
    assert.equal(kubeConfig.clusters.length, 2)
  })

  it('joins what several files have, as kubectl does: who names something first is right', async () => {
    const clusters = await aFile('clusters', { contexts: [], users: [], 'current-context': '' })
    const server = 'https://elsewhere.test'
    const rest = await aFile('rest', {
      clusters: [{ name: 'clusters', cluster: { server } }],
      contexts: [{ name: 'both', context: { cluster: 'clusters', user: 'rest' } }],
      'current-context': 'both',
    })
    const kubeConfig = readKubeConfig([clusters, rest, rest].join(delimiter))
    assert.equal(kubeConfig.getCurrentCluster()?.server, 'https://clusters.test')
    assert.equal(kubeConfig.getCurrentUser()?.token, 't')
  })

  it('takes the proxy that it names, else the one of the environment', async () => {
    const environment = { HTTPS_PROXY: 'http://proxy.test:3128' }
    const proxyOf = (path: string) => readKubeConfig(path, environment).getCurrentCluster()?.proxyUrl
    assert.equal(proxyOf(await aFile('one')), 'http://proxy.test:3128')
    const cluster = { server: 'https://one.test', 'proxy-url': 'http://own.test' }
    assert.equal(proxyOf(await aFile('one', { clusters: [{ name: 'one', cluster }] })), 'http://own.test')
    assert.equal(readKubeConfig(await aFile('one'), {}).getCurrentCluster()?.proxyUrl, undefined)
  })

  it('says which one is not there, makes no sense, or names no cluster', async () => {
    const absent = join(directory, 'absent')
    assert.throws(() => readKubeConfig(absent), { message: `kubeconfig ${absent}: there is no such file` })
    const nonsense = join(directory, 'ca.crt')
    assert.throws(
      () => readKubeConfig(nonsense),
      ({ message }: Error) => message.startsWith(`kubeconfig ${nonsense}: `),
    )
    const undecided = await aFile('one', { 'current-context': '' })
    assert.throws(() => readKubeConfig(undecided), {
      message: `kubeconfig ${undecided}: its current-context names no cluster`,
    })
  })

  it('says that no cluster is configured rather than make one up', () => {
    const { HOME, KUBECONFIG } = process.env
    process.env['HOME'] = directory
    delete process.env['KUBECONFIG']
    try {
      assert.throws(() => readKubeConfig(), /^Error: no cluster is configured: set KUBECONFIG or pass --kubeconfig/)
    } finally {
      Object.assign(process.env, { ...(HOME && { HOME }), ...(KUBECONFIG && { KUBECONFIG }) })
    }
  })
})
