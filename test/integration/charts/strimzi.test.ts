import assert from 'node:assert/strict'
import { helm, type Manifest, manifestsIn, rendered } from './helm.ts'

const manifestsWith = async (...args: string[]): Promise<Manifest[]> =>
  manifestsIn(await rendered('kbnt-kafka', ...args))

describe('The chart of a cluster for Strimzi', () => {
  const refused = [
    { values: 'cluster.replicas=2', says: /replication 3 needs as many brokers, and cluster\.replicas is 2: set / },
    {
      values: 'minInsyncReplicas=4',
      says: /minInsyncReplicas 4 is more than replication, 3: nothing could be written/,
    },
    { values: 'cluster.controllers.replicas=2', says: /controllers/ },
    { values: 'authentication=oauth', says: /authentication/ },
  ]
  for (const { values, says } of refused)
    it(`is refused with ${values}, and why is said`, () => assert.rejects(manifestsWith('--set', values), says))

  it('does not count the brokers of a cluster that is not its own', async () => {
    const kinds = (await manifestsWith('--set', 'cluster.create=false,cluster.replicas=1')).map(({ kind }) => kind)
    assert.deepEqual(new Set(kinds), new Set(['KafkaTopic', 'KafkaUser']))
  })

  const [v1, v1beta2] = ['kafka.strimzi.io/v1', 'kafka.strimzi.io/v1beta2']
  const served = [
    { versions: [], want: v1 },
    { versions: [v1beta2], want: v1beta2 },
    { versions: [v1beta2, v1], want: v1 },
  ]
  for (const { versions, want } of served)
    it(`is of ${want} where ${versions.join(' and ') || 'nobody knows what'} is served`, async () => {
      const manifests = await manifestsWith(...versions.flatMap((version) => ['--api-versions', `${version}/Kafka`]))
      const found = manifests.map(({ apiVersion }) => apiVersion).filter((version) => version !== 'v1')
      assert.deepEqual(new Set(found), new Set([want]))
    })

  it('stays with all its records when the release goes, unless that is not wanted', async () => {
    const keptWith = async (...args: string[]) =>
      (await manifestsWith(...args))
        .filter(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep')
        .map(({ kind }) => kind)
    const kept = new Set(await keptWith())
    assert.deepEqual(kept, new Set(['ConfigMap', 'Kafka', 'KafkaNodePool', 'KafkaTopic']))
    assert.deepEqual(new Set(await keptWith('--set', 'cluster.keep=false')), new Set(['KafkaTopic']))
  })

  it('lets a consumer read what it is for, and never write events', async () => {
    const users = [{ name: 'warehouse' }, { name: 'shop', group: 'shop-1', topics: ['stock-audit-logs'] }]
    const manifests = await manifestsWith('--set-json', `consumers.users=${JSON.stringify(users)}`)
    const rightsOf = (user: string) => {
      const { spec } = manifests.find(({ kind, metadata }) => kind === 'KafkaUser' && metadata.name === user) as {
        spec?: { authorization: { acls: { resource: { type: string; name: string }; operations: string[] }[] } }
      }
      return spec?.authorization.acls.map(
        ({ resource, operations }) => `${resource.type} ${resource.name} ${operations}`,
      )
    }
    assert.deepEqual(rightsOf('shop'), ['group shop-1 Describe,Read', 'topic stock-audit-logs Describe,Read'])
    assert.equal(rightsOf('warehouse')?.length, 6)
    assert.ok(rightsOf('warehouse')?.every((right) => right.endsWith(' Describe,Read')))
  })

  it('says how to join the operator to it, by password or by certificate', async () => {
    const notesWith = async (authentication: string) => {
      const values = ['--set', `authentication=${authentication}`, '--namespace', 'kbnt-system']
      const { stdout } = await helm('install', 'kbnt-kafka', 'charts/kbnt-kafka', '--dry-run=client', ...values)
      return stdout.split('NOTES:')[1] ?? ''
    }
    const ca = 'kafka.caSecret=kbnt-cluster-ca-cert'
    const password = `${ca},kafka.userSecret=kbnt-operator,kafka.username=kbnt-operator`
    assert.ok((await notesWith('scram-sha-512')).includes(password))
    assert.ok((await notesWith('tls')).includes(`${ca},kafka.certificateSecret=kbnt-operator`))
  })
})
