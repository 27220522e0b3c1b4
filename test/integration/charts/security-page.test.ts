import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { type Manifest, manifestsIn, rendered } from './helm.ts'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

const page = readFileSync(join(projectDirectory, 'docs/security.md'), 'utf8')

/** A rule as a row of the page begins. */
function rowOf({ apiGroups, resources, resourceNames, verbs }: Rule): string {
  const names = resourceNames ? ` (${resourceNames.join(', ')})` : ''
  return `| ${apiGroups.map((group) => group || 'core').join(', ')} | ${resources.join(', ')}${names} | ${verbs.join(', ')} |`
}

/** The rules that the page has between a heading and this text, without why. */
function rowsUnder(heading: string, until = '\n## '): string[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`)
  const [own = '', ...rest] = section.split(until)
  assert.ok(rest.length > 0, `${heading}: ${until}`)
  const rows = own.split('\n').filter((line) => /^\| (core|apps|[\w.]+\.io) \|/.test(line))
  return rows.map((row) => row.split(' |').slice(0, 3).join(' |').concat(' |')).sort()
}

function rulesOf(manifests: readonly Manifest[], kind: string, name: string): Rule[] {
  const role = manifests.find((each) => each.kind === kind && each.metadata.name === name)
  return (role?.['rules'] ?? []) as Rule[]
}

describe('docs/security.md', () => {
  it('lists the rights of the operator, all of them and no others', async () => {
    const values =
      'kubevirt.enabled=true,volumes.enabled=true,networks.enabled=true,databases.sales.url=postgres://db/kbnt,settings.orders.payments.till.adapter=none'
    const manifests = manifestsIn(await rendered('kbnt-operator', '--set', values))
    const rules = [
      ...rulesOf(manifests, 'ClusterRole', 'kbnt-system.kbnt-operator'),
      ...rulesOf(manifests, 'Role', 'kbnt-operator-own'),
    ]
    assert.deepEqual(rowsUnder('What the operator may do'), rules.map(rowOf).sort())
  })

  for (const { whose, settings, until } of [
    { whose: 'the gateway', settings: '', until: '\nWith `gateway.tokens` it takes guests' },
    { whose: 'the gateway with guests', settings: ',settings.gateway.tokens.audience=guests', until: undefined },
  ])
    it(`lists the rights of ${whose}, all of them and no others`, async () => {
      const manifests = manifestsIn(await rendered('kbnt-operator', '--set', `gateway.enabled=true${settings}`))
      const rules = [
        ...rulesOf(manifests, 'ClusterRole', 'kbnt-system.kbnt-operator-gateway'),
        ...rulesOf(manifests, 'ClusterRole', 'kbnt-system.kbnt-operator-gateway.reviews'),
        ...rulesOf(manifests, 'Role', 'kbnt-operator-gateway-own'),
      ]
      assert.deepEqual(rowsUnder('What the gateway may do', until), rules.map(rowOf).sort())
    })

  it('promises rightly that no Secret, ConfigMap or Pod is read and that nothing is a wildcard', async () => {
    const manifests = manifestsIn(
      await rendered('kbnt-operator', '--set', 'kubevirt.enabled=true,gateway.enabled=true'),
    )
    const rules = manifests.flatMap(({ rules: all = [] }) => all as Rule[])
    assert.ok(rules.length >= 10)
    const all = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])
    for (const never of [
      '*',
      'secrets',
      'configmaps',
      'pods',
      'roles',
      'clusterroles',
      'escalate',
      'bind',
      'impersonate',
    ])
      assert.ok(!all.includes(never), never)
    assert.ok(!manifests.some(({ kind }) => /WebhookConfiguration$/.test(kind)))
  })
})
