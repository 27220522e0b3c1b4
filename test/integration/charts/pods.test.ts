import assert from 'node:assert/strict'
import { testbed } from '../../fixtures/testbed.ts'
import { dryRun, type Manifest, manifestsIn, rendered } from './helm.ts'

interface Pod {
  readonly securityContext: object
  readonly containers: readonly { readonly securityContext: object }[]
}

const manifestsWith = async (values: object): Promise<Manifest[]> => {
  const args = Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`])
  return manifestsIn(await rendered('kbnt-operator', ...args))
}

/** Of the operator, of helm test and of helm uninstall. */
function podsIn(manifests: readonly Manifest[]): Pod[] {
  const pods = manifests.flatMap(({ kind, spec }) => {
    if (kind === 'Pod') return [spec as Pod]
    const { template } = (spec ?? {}) as { readonly template?: { readonly spec: Pod } }
    return template ? [template.spec] : []
  })
  assert.equal(pods.length, 3)
  return pods
}

describe('Security of the pods', () => {
  const seccompProfile = { type: 'RuntimeDefault' }

  it('can name a user and a group, for clusters that ask for it', async () => {
    const pods = podsIn(await manifestsWith({ podSecurityContext: { runAsUser: 20_001, fsGroup: 20_001 } }))
    for (const { securityContext } of pods)
      assert.deepEqual(securityContext, { runAsNonRoot: true, runAsUser: 20_001, fsGroup: 20_001, seccompProfile })
  })

  it('can leave out a part that a cluster sets itself, and keeps the rest', async () => {
    const pods = podsIn(await manifestsWith({ 'podSecurityContext.seccompProfile': null }))
    for (const { securityContext } of pods) assert.deepEqual(securityContext, { runAsNonRoot: true })
  })

  it('can ask for more of the containers', async () => {
    const pods = podsIn(await manifestsWith({ containerSecurityContext: { privileged: false } }))
    for (const { securityContext } of pods.flatMap(({ containers }) => containers))
      assert.deepEqual(securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
        privileged: false,
      })
  })
})

describe('The Service of the metrics', () => {
  const serviceIn = (manifests: readonly Manifest[]) => manifests.find(({ kind }) => kind === 'Service') as Manifest

  it('has the IP families that are asked for, and leaves them to the cluster otherwise', async () => {
    const families = { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] }
    const asked = serviceIn(await manifestsWith({ service: families }))
    const { selector: _selector, ports: _ports, ...rest } = asked['spec'] as Record<string, unknown>
    assert.deepEqual(rest, families)
    assert.deepEqual(Object.keys(serviceIn(await manifestsWith({}))['spec'] as object), ['selector', 'ports'])
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kbnt-system' } }
    await testbed().kubectl(['apply', '--server-side', '-f', '-'], namespace)
    assert.deepEqual(await dryRun([asked]), { code: 0, stderr: '' })
  })

  it('is refused with families that there are not', () =>
    assert.rejects(manifestsWith({ 'service.ipFamilies': ['IPv5'] }), /ipFamilies\/0': value must be one of 'IPv4'/))
})
