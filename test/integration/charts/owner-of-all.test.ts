import assert from 'node:assert/strict'
import { type Helm, type OwnedCluster, ownedCluster } from './namespace-owner.ts'

const install = [
  ...['upgrade', '--install', 'kbnt-operator', 'charts/kbnt-operator'],
  ...['--set', 'watchNamespaces=own'],
]
/** Of what the API server says when somebody grants more than they have. */
const escalation = /attempting to grant RBAC permissions not currently held/

describe('The administrator of one namespace, who has the installer role there, installs', function () {
  this.timeout(90_000)
  let cluster: OwnedCluster
  before(async () => {
    cluster = await ownedCluster()
  })

  const owner = (namespace: string, user: string) =>
    cluster.giveAway(namespace, user, ['admin', 'kbnt-operator-installer'])
  async function installs(helm: Helm, ...values: string[]): Promise<void> {
    const { exitCode, stderr } = await helm(...install, ...values)
    assert.equal(exitCode, 0, stderr)
  }
  async function mayNot(helm: Helm, resource: RegExp, ...values: string[]): Promise<void> {
    const { stderr } = await helm(...install, ...values)
    assert.match(stderr, escalation)
    assert.match(stderr, resource)
  }

  it('everything that is of a namespace: the gateway, all flows, orders, databases, storages', async () =>
    installs(await owner('mill', 'mia'), '--values', 'test/fixtures/all-values.yaml'))

  it('an operator for all namespaces, whose rights come from somebody else: nothing of the cluster is looked at', async () => {
    const helm = await cluster.giveAway('quay', 'quinn', ['admin'])
    await installs(
      helm,
      '--set',
      'watchNamespaces=*,rbac.create=false,serviceAccount.create=false,serviceAccount.name=stock',
    )
  })

  for (const [option, namespace, resource] of [
    ['kubevirt', 'dairy', /kubevirt\.io/],
    ['networks', 'loom', /network-attachment-definitions/],
  ] as const)
    it(`what ${option}.enabled grants where their role has that, too`, async () => {
      const helm = await owner(namespace, `dora-of-${namespace}`)
      const values = ['--set', `${option}.enabled=true`]
      await mayNot(helm, resource, ...values)
      await cluster.makeInstallerRole('--set', `installerRole.${option}=true`)
      await installs(helm, ...values)
      await cluster.makeInstallerRole()
    })
})
