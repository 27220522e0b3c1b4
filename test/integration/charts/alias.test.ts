import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { dryRun, helm, type Manifest, manifestsIn } from './helm.ts'

const flow = { enabled: true, sources: [{ topic: 'asked', namespaces: ['default'], types: '*' }] }
const values = {
  watchNamespaces: 'own',
  kafka: { brokers: ['kafka:9093'], tls: true },
  gateway: { enabled: true },
  flows: { virtualization: flow },
}

describe('An alias of the operator among the dependencies of a chart', () => {
  let directory = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-alias-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  /** What a chart renders to that has the operator once by each of these names. */
  async function releaseOf(...aliases: readonly string[]): Promise<{ manifests: Manifest[]; stderr: string }> {
    const repository = `file://${join(projectDirectory, 'charts/kbnt-operator')}`
    const dependencies = aliases.map((alias) => ({ name: 'kbnt-operator', alias, version: '*', repository }))
    await writeFile(
      join(directory, 'Chart.yaml'),
      stringify({ apiVersion: 'v2', name: 'shop', version: '1.0.0', dependencies }),
    )
    const update = await helm('dependency', 'update', directory)
    assert.equal(update.exitCode, 0, update.stderr)
    const file = join(directory, 'given.json')
    await writeFile(file, JSON.stringify(Object.fromEntries(aliases.map((alias) => [alias, values]))))
    const { stdout, stderr } = await helm('template', 'shop', directory, '--namespace', 'default', '--values', file)
    return { manifests: manifestsIn(stdout).filter(Boolean), stderr }
  }

  it('tells two in one release apart, also where YAML would read it as a number', async () => {
    const { manifests, stderr } = await releaseOf('depot', '7')
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    assert.ok(names.includes('Deployment shop-7-flow-virtualization'), stderr)
    assert.equal(new Set(names).size, names.length)
    const selectors = manifests
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ spec }) => JSON.stringify((spec as { readonly selector: object }).selector))
    assert.equal(new Set(selectors).size, 6)
    const { code, stderr: said } = await dryRun(manifests)
    assert.equal(code, 0, said)
  })

  it('is refused where labels could not have it', async () => {
    for (const alias of ['a'.repeat(45), 'Shop_A'])
      assert.match((await releaseOf(alias)).stderr, /the alias \S+ is in names and labels: give one of at most 44/)
  })
})
