import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { bundleFiles } from '../../../hack/olm/bundle-files.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { type Testbed, testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const apiVersion = 'kbnt.io/v1beta1'
const namespace = 'shop'
const operator = `system:serviceaccount:${namespace}:kbnt-operator`
const controller = 'system:serviceaccount:kube-system:namespace-controller'
/** As the policy and the chart have it, in another namespace than what is guarded. */
const gateway = 'system:serviceaccount:kbnt-system:kbnt-operator-gateway'
const policy = join(projectDirectory, 'config/policies/stocks-and-spools.yaml')
const kinds = globSync(join(projectDirectory, 'crds/*.yaml')).map((file) => basename(file).split('.')[0] as string)

/** What OLM's own roles give on each kind that a bundle owns, and what the bundle asks for the operator. */
async function rolesOfOlm(): Promise<Readonly<Record<string, readonly object[]>>> {
  const files = await bundleFiles('registry.example.com/kbnt-operator:1.0.0')
  const csv = parse(files.get('manifests/kbnt-operator.clusterserviceversion.yaml') ?? '') as {
    readonly spec: { readonly install: { readonly spec: { readonly permissions: readonly [{ rules: object[] }] } } }
  }
  const owned = { apiGroups: ['kbnt.io'], resources: kinds }
  return {
    ana: [{ ...owned, verbs: ['create', 'update', 'patch', 'delete', 'get'] }],
    boss: [{ ...owned, verbs: ['*'] }],
    [operator]: csv.spec.install.spec.permissions[0].rules,
    [controller]: [{ ...owned, verbs: ['get', 'delete'] }],
    [gateway]: [{ ...owned, verbs: ['get', 'create', 'patch'] }],
  }
}

const stock = (name: string) => ({
  ...{ apiVersion, kind: 'VirtualStock', metadata: { name, namespace } },
  spec: { quantity: 3 },
})
const event = {
  ...{ id: 'stock-uid-1', type: 'io.kbnt.reservation.reserved.v1', sequence: 1, key: 'shop/apples', value: '{}' },
  ...{ headers: {}, timestampMs: 1_795_341_600_123, level: 'Normal', topics: ['stock-audit-logs'] },
}
const spool = (name: string) => ({
  ...{ apiVersion, kind: 'EventSpool', metadata: { name, namespace } },
  spec: { stockUID: 'stock-uid', firstSequence: 1, events: [event] },
})
const fabric = (name: string) => ({
  ...{ apiVersion, kind: 'NetworkFabric', metadata: { name, namespace } },
  spec: { install: `${namespace}/kbnt-operator`, claims: [] },
})
const reservation = {
  ...{ apiVersion, kind: 'Reservation', metadata: { name: 'order', namespace } },
  spec: { items: [{ stock: 'apples', quantity: 1 }] },
}
const refusal = /are written by administrators of the namespace and by the operator/
const patchOf = (name: string, patch: object, ...more: string[]) =>
  ['patch', 'virtualstock', name, '-n', namespace, '--type=merge', '-p', JSON.stringify(patch), ...more] as const

describe('Under the roles that OLM makes, and the sample policy for stocks and spools,', () => {
  const people = new Map<string, Testbed['kubectl']>()
  const as = (user: string) => people.get(user) as Testbed['kubectl']

  async function may(user: string, args: readonly string[], stdin?: object): Promise<void> {
    const { code, stderr } = await as(user)(args, stdin)
    assert.deepEqual([code, stderr], [0, ''])
  }
  async function mayNot(user: string, says: RegExp, args: readonly string[], stdin?: object): Promise<void> {
    const { code, stderr } = await as(user)(args, stdin)
    assert.notEqual(code, 0)
    assert.match(stderr, says)
  }
  const create = ['create', '-f', '-']

  before(async function () {
    this.timeout(60_000)
    const server = await testbed().ownApiServer()
    people.set('admin', testbed().kubectlOf(server))
    await may('admin', ['create', 'namespace', namespace])
    for (const [user, rules] of Object.entries(await rolesOfOlm())) {
      const name = user.replaceAll(':', '-')
      const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name, namespace }, rules }
      await may('admin', create, role)
      await may('admin', ['create', 'rolebinding', name, `--role=${name}`, `--user=${user}`, '-n', namespace])
      const groups = user === controller ? ['system:serviceaccounts:kube-system'] : []
      people.set(user, testbed().kubectlOf({ kubeconfigPath: await server.kubeconfigFor(user, groups) }))
    }
    await may('ana', create, stock('before-the-policy')) // which is why there is one
    await may('admin', ['apply', '--server-side', '-f', policy])
    await until('the policy is taken up', 30_000, async () =>
      (await as('ana')([...create, '--dry-run=server'], stock('probe'))).code === 0 ? undefined : true,
    )
    await may('admin', create, stock('apples'))
  })

  it('an editor may reserve, and write neither stocks nor spools nor what the operator says of them', async () => {
    await may('ana', create, reservation)
    await mayNot('ana', refusal, create, stock('pears'))
    await mayNot('ana', refusal, patchOf('apples', { spec: { quantity: 99 } }))
    await mayNot('ana', refusal, ['delete', 'virtualstock', 'apples', '-n', namespace])
    await mayNot('ana', refusal, create, spool('made-up'))
    await mayNot('ana', refusal, create, fabric('made-up'))
    await mayNot('ana', /forbidden/, patchOf('apples', { status: { available: 99 } }, '--subresource=status'))
  })

  it('an administrator of the namespace may keep stock', async () => {
    await may('boss', create, stock('plums'))
    await may('boss', patchOf('plums', { spec: { quantity: 4 } }))
    await may('boss', ['delete', 'virtualstock', 'plums', '-n', namespace])
  })

  it('the operator does what it does: its finalizer, spools and the books of fabrics', async () => {
    await may(operator, patchOf('apples', { metadata: { finalizers: ['kbnt.io/stock-in-use'] } }))
    await may(operator, patchOf('apples', { metadata: { finalizers: [] } }))
    await may(operator, create, spool('undelivered'))
    await may(operator, create, fabric('wires'))
    await may(operator, ['replace', '-f', '-'], fabric('wires'))
    await may(operator, ['delete', 'eventspool', 'undelivered', '-n', namespace, '--wait=false'])
  })

  it('the cluster may clear a namespace that is gone', () =>
    may(controller, ['delete', 'virtualstock', 'before-the-policy', '-n', namespace]))

  it('the gateway writes no stocks of its guests, before the line is there that admits it', async () => {
    await mayNot(gateway, refusal, create, stock('of-a-guest'))
    await mayNot(gateway, refusal, patchOf('apples', { spec: { quantity: 4 } }))
    await may(gateway, create, { ...reservation, metadata: { name: 'of-a-guest', namespace } })

    const text = await readFile(policy, 'utf8')
    const admitting = text.replace(/#(?=.*\bname: not-the-gateway\b)/, '') // as docs/security.md says: the `#`, and nothing else
    assert.notEqual(admitting, text)
    const items = parseAllDocuments(admitting).map((document) => document.toJS())
    await may('admin', ['apply', '--server-side', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
    await until('the line is taken up', 30_000, async () =>
      (await as(gateway)([...create, '--dry-run=server'], stock('probe'))).code === 0 ? true : undefined,
    )
    await may(gateway, create, stock('of-a-guest'))
    await may(gateway, patchOf('of-a-guest', { spec: { quantity: 4 } }))
    await mayNot('ana', refusal, create, stock('pears'))
  })
})
