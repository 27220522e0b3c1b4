import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { silent } from '../../../hack/testbed/progress.ts'
import { mustRun, runProgram } from '../../../hack/testbed/run-program.ts'
import { validatorBinary } from '../../../hack/testbed/validator-binary.ts'
import { rendered } from './helm.ts'

/* What judges that are not ours say of the charts and of the OLM bundle. The first run on a machine builds them. */
const buildTimeoutMs = 600_000

/** What kube-score would have otherwise, and why it is so. A case below fails when one of them is no longer needed. */
const exceptions = {
  'container-ephemeral-storage-request-and-limit': 'only /tmp can be written, and has a limit of its own',
  'container-image-pull-policy': 'a tag or digest of ours always names the same image',
  'container-security-context-user-group-id': 'OpenShift gives each pod a number, and refuses one that is given',
  'deployment-has-host-podantiaffinity': 'topologySpreadConstraints spread the pods over nodes and zones',
}

interface Scored {
  readonly object_name: string
  readonly checks: readonly {
    readonly check: { readonly id: string }
    readonly grade: number
    readonly skipped: boolean
  }[]
}
/** What kube-score counts as well done. */
const good = 10

describe('kube-score', () => {
  let kubeScore: string
  before(async function () {
    this.timeout(buildTimeoutMs)
    kubeScore = await validatorBinary('kube-score', process.env, silent)
  })

  /** The checks that some object fails. Limits of CPU are not asked for: they throttle whoever has work to do. */
  async function failing(...values: string[]): Promise<string[]> {
    const input = await rendered('kbnt-operator', ...values)
    const options = ['--kubernetes-version', 'v1.30', '--ignore-container-cpu-limit', '--output-format', 'json']
    const { stdout, stderr } = await runProgram({ command: kubeScore, arguments: ['score', ...options, '-'], input })
    assert.equal(stderr, '')
    const checks = (JSON.parse(stdout) as Scored[]).flatMap((each) => each.checks)
    assert.ok(checks.length > 40, `${checks.length} checks`)
    return [...new Set(checks.filter(({ grade, skipped }) => !skipped && grade < good).map(({ check }) => check.id))]
  }

  for (const values of [
    'replicas=2',
    'watchNamespaces=own',
    'kafka.brokers={kafka:9093}',
    'kubevirt.enabled=true',
    'volumes.enabled=true',
    'networks.enabled=true',
    'gateway.enabled=true',
  ])
    it(`finds nothing in the chart with ${values} but what is meant to be so`, async () => {
      assert.deepEqual((await failing('--set', values)).sort(), Object.keys(exceptions))
    })

  it('finds what is missing when values take it away', async () => {
    const found = await failing('--set', 'podDisruptionBudget.enabled=false,networkPolicy.enabled=false')
    for (const id of ['pod-networkpolicy', 'deployment-has-poddisruptionbudget']) assert.ok(found.includes(id), id)
  })
})

describe("The Operator Framework's validators", () => {
  let operatorVerify: string
  let bundle: string
  before(async function () {
    this.timeout(buildTimeoutMs)
    operatorVerify = await validatorBinary('operator-verify', process.env, silent)
    bundle = await mkdtemp(join(tmpdir(), 'kbnt-bundle-'))
    const image = `registry.example.com/kbnt/kbnt-operator@sha256:${'b'.repeat(64)}`
    const script = join(projectDirectory, 'hack/olm-bundle.ts')
    await mustRun({ command: process.execPath, arguments: [script, '--image', image, '--output', bundle] })
  })
  after(() => rm(bundle, { recursive: true, force: true }))

  /** Errors and warnings of the bundle, of its objects and of what operatorhub.io asks for; it always ends with 0. */
  async function findings(): Promise<string[]> {
    const options = ['--operatorhub_validate', '--object_validate']
    const { stdout, stderr } = await mustRun({ command: operatorVerify, arguments: ['manifests', ...options, bundle] })
    return (stdout + stderr).split('\n').filter(Boolean)
  }

  it('find nothing in the bundle but that the kinds that nobody writes have no example', async () => {
    const found = await findings()
    const told = found.map(
      (line) => /level=warning .*(EventSpool|NetworkFabric): provided API should have an example/.exec(line)?.[1],
    )
    assert.deepEqual(told.sort(), ['EventSpool', 'NetworkFabric'], found.join('\n'))
  })

  it('find a bundle that lacks a kind, and a word that operatorhub.io does not know', async () => {
    const path = join(bundle, 'manifests/kbnt-operator.clusterserviceversion.yaml')
    const right = await readFile(path, 'utf8')
    await rm(join(bundle, 'manifests/reservations.kbnt.io.yaml'))
    await writeFile(path, right.replace('capabilities: Seamless Upgrades', 'capabilities: Everything'))
    const found = (await findings()).filter((line) => line.includes('level=error')).join('\n')
    assert.match(found, /Reservation/)
    assert.match(found, /capabilities/)
  })
})
