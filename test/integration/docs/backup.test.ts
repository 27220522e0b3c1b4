import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { silent } from '../../../hack/testbed/progress.ts'
import { findOnPath, runProgram } from '../../../hack/testbed/run-program.ts'
import { serverBinaries } from '../../../hack/testbed/server-binaries.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type Testbed, testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

interface Step {
  readonly commands: string
  /** What its output must contain. */
  readonly shows: string | undefined
}
interface Cluster {
  readonly kubeconfigPath: string
  readonly kubectl: Testbed['kubectl']
  readonly operator: OperatorProcess
}
interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly status?: Readonly<Record<string, unknown>> & {
    readonly phase?: string
    readonly ledger?: { readonly sequence: number }
  }
}

const home = 'kbnt-system'
const served = 'backup-shop'
const jq = await findOnPath('jq', process.env)

function stepsOf(part: string): Step[] {
  const blocks = [...part.matchAll(/^```(sh|text)\n([\s\S]*?)^```$/gm)].map(([, kind, text = '']) => ({ kind, text }))
  return blocks.flatMap(({ kind, text }, index) => {
    const next = blocks[index + 1]
    return kind === 'sh' ? [{ commands: text, shows: next?.kind === 'text' ? next.text.trim() : undefined }] : []
  })
}

const kbnt = (kind: string, name: string, spec: object, labels = {}) => ({
  apiVersion: 'kbnt.io/v1beta1',
  kind,
  metadata: { name, namespace: served, labels },
  spec,
})
const pool = (resource: string, unit: string) =>
  kbnt(
    'VirtualStock',
    resource,
    { unit, quantity: 100, reclaimPolicy: 'Return' },
    { 'kbnt.io/pool': 'p', 'kbnt.io/resource': resource },
  )
const items = (quantity: number) => [{ stock: 'grinder', quantity }]
const shop = [
  kbnt('VirtualStock', 'grinder', { quantity: 20 }),
  kbnt('VirtualStock', 'mill', { quantity: 5 }),
  ...[pool('cpu', 'vCPU'), pool('memory', 'GiB'), pool('disk', 'GiB')],
  kbnt('Reservation', 'held', { items: items(2), ttl: '1h' }),
  kbnt('Reservation', 'set', { items: [...items(1), { stock: 'mill', quantity: 1 }], ttl: '1h' }),
  kbnt('Reservation', 'sold', { items: items(4), state: 'Confirmed' }),
  kbnt('Reservation', 'refused', { items: items(99) }),
  kbnt('Reservation', 'waits', { items: [{ stock: 'mill', quantity: 5 }], waitFor: '1h' }),
  kbnt('VirtualStorage', 'data', { size: '5Gi', pool: 'p', provider: 'Simulated' }),
  kbnt('VirtualMachine', 'web', { cpu: 2, memory: '4Gi', disk: '10Gi', pool: 'p', provider: 'Simulated' }),
]

const title = jq ? 'The page about backups' : 'The page about backups (skipped: there is no jq on PATH)'

;(jq ? describe : describe.skip)(title, () => {
  let directory: string
  let old: Cluster
  let anew: Cluster
  let page: string

  /** Deployments do nothing on the test bed: what the page scales, we start and stop. */
  async function follow({ kubectl, operator }: Cluster): Promise<void> {
    const { stdout } = await kubectl([
      'get',
      'deployment',
      'kbnt-operator',
      '-n',
      home,
      '-o',
      'jsonpath={.spec.replicas}',
    ])
    const wanted = stdout !== '0'
    if (wanted && operator.pid() === undefined) await operator.start()
    if (!wanted && operator.pid() !== undefined) await operator.stop()
  }

  async function carryOut(part: string, cluster: Cluster): Promise<number> {
    const { kubectl: program } = await serverBinaries(process.env, silent)
    const environment = {
      ...process.env,
      KUBECONFIG: cluster.kubeconfigPath,
      PATH: `${dirname(program)}:${process.env['PATH']}`,
    }
    const steps = stepsOf(part)
    for (const { commands, shows } of steps) {
      const run = { command: 'bash', arguments: ['--norc', '-euo', 'pipefail', '-c', commands], directory, environment }
      const { exitCode, stdout, stderr } = await runProgram(run)
      await follow(cluster)
      assert.equal(exitCode, 0, `${commands}\n${stdout}${stderr}`)
      if (shows !== undefined) assert.equal(stdout.trim(), shows, commands)
    }
    return steps.length
  }

  async function clusterOf(kubeconfigPath: string, kubectl: Testbed['kubectl']): Promise<Cluster> {
    for (const name of [home, served]) await kubectl(['create', 'namespace', name])
    await kubectl(['create', 'deployment', 'kbnt-operator', '-n', home, '--image=kbnt-operator', '--replicas=2'])
    const settings = { machines: { provider: 'Simulated', simulated: { bootDelay: '10ms' } } }
    const operator = operatorProcess({ kubeconfigPath, namespaces: [home, served], settings })
    return { kubeconfigPath, kubectl, operator }
  }

  async function listOf({ kubectl }: Cluster, kind: string): Promise<Map<string, Stored>> {
    const { stdout } = await kubectl(['get', kind, '-n', served, '-o', 'json'])
    const { items: all } = JSON.parse(stdout) as { items: Stored[] }
    return new Map(all.map((each) => [each.metadata.name, each]))
  }
  const phaseOf = async (cluster: Cluster, kind: string, name: string) =>
    (await cluster.kubectl(['get', kind, name, '-n', served, '-o', 'jsonpath={.status.phase}'])).stdout
  const untilPhase = (cluster: Cluster, kind: string, name: string, phase: string) =>
    until(
      `${kind} ${name} that is ${phase}`,
      30_000,
      async () => (await phaseOf(cluster, kind, name)) === phase || undefined,
    )

  const done = async (...args: Parameters<Testbed['kubectl']>) => {
    const { code, stderr } = await anew.kubectl(...args)
    assert.equal(code, 0, stderr)
  }
  async function confirm(name: string): Promise<void> {
    await done(['patch', 'rsv', name, '-n', served, '--type=merge', '-p', '{"spec":{"state":"Confirmed"}}'])
    await untilPhase(anew, 'rsv', name, 'Confirmed')
  }
  async function auditIsClean(): Promise<void> {
    const audit = await runProgram({
      command: process.execPath,
      arguments: [join(projectDirectory, 'hack/audit.ts'), '--kubeconfig', anew.kubeconfigPath, '--settle', '20'],
    })
    assert.equal(audit.exitCode, 0, audit.stdout + audit.stderr)
  }

  before(async function () {
    this.timeout(120_000)
    directory = await mkdtemp(join(tmpdir(), 'kbnt-backup-'))
    page = await readFile(join(projectDirectory, 'docs/backup.md'), 'utf8')
    const [first, second] = await Promise.all([testbed().ownApiServer(), testbed().ownApiServer()])
    old = await clusterOf(first.kubeconfigPath, testbed().kubectlOf(first))
    anew = await clusterOf(second.kubeconfigPath, testbed().kubectlOf(second))
    await old.operator.start()
    for (const object of shop) {
      const { code, stderr } = await old.kubectl(['create', '-f', '-'], object)
      assert.equal(code, 0, stderr)
    }
    await untilPhase(old, 'rsv', 'held', 'Reserved')
    await untilPhase(old, 'rsv', 'set', 'Reserved')
    await untilPhase(old, 'rsv', 'sold', 'Confirmed')
    await untilPhase(old, 'rsv', 'refused', 'Rejected')
    await untilPhase(old, 'rsv', 'waits', 'Waiting')
    await untilPhase(old, 'vmach', 'web', 'Running')
    await untilPhase(old, 'vstor', 'data', 'Allocated')
    await until('all finished', 30_000, async () => {
      const stocks = [...(await listOf(old, 'vstk')).values()]
      return stocks.every(({ status }) => JSON.stringify(status).includes('"pending":[]')) || undefined
    })
  })
  after(async () => {
    await Promise.all([old?.operator.dispose(), anew?.operator.dispose()])
    await rm(directory, { recursive: true, force: true })
  })

  it('takes a backup, and brings all that was held and sold back on another cluster', async function () {
    this.timeout(180_000)
    const [backup = '', restore = ''] = page.split(/^## Back up$/m)[1]?.split(/^## Restore$/m) ?? []
    assert.equal(await carryOut(backup, old), 3)
    assert.equal(await carryOut(restore.split(/^## /m)[0] ?? '', anew), 6)

    const [before, after] = await Promise.all([listOf(old, 'vstk'), listOf(anew, 'vstk')])
    for (const name of ['grinder', 'mill']) {
      const [was, is] = [before.get(name), after.get(name)]
      assert.notEqual(was?.metadata.uid, is?.metadata.uid)
      for (const field of ['reserved', 'confirmed', 'available', 'quantity', 'waiting'])
        assert.equal(is?.status?.[field], was?.status?.[field], `${name} ${field}`)
      assert.ok((is?.status?.ledger?.sequence ?? 0) >= (was?.status?.ledger?.sequence ?? Infinity))
    }
    const phases = ['held Reserved', 'set Reserved', 'sold Confirmed', 'refused Rejected', 'waits Waiting'] as const
    for (const each of phases) {
      const [name = '', phase] = each.split(' ')
      assert.equal(await phaseOf(anew, 'rsv', name), phase, name)
    }
  })

  it('leaves a stock that goes on: nothing is oversold, holds are confirmed, machines run again', async function () {
    this.timeout(90_000)
    await done(['create', '-f', '-'], kbnt('Reservation', 'all-that-is-left', { items: items(13) }))
    await done(['create', '-f', '-'], kbnt('Reservation', 'one-more', { items: items(1) }))
    await untilPhase(anew, 'rsv', 'all-that-is-left', 'Reserved')
    await untilPhase(anew, 'rsv', 'one-more', 'Rejected')
    await confirm('held')
    await untilPhase(anew, 'vmach', 'web', 'Running')
    await untilPhase(anew, 'vstor', 'data', 'Allocated')
    await until(
      'capacity of one machine',
      30_000,
      async () => (await listOf(anew, 'vstk')).get('cpu')?.status?.['confirmed'] === 2 || undefined,
    )
    await auditIsClean()
  })

  it('has all stocks of a restored set follow its home', async function () {
    this.timeout(60_000)
    await confirm('set')
    await until(
      'follower',
      10_000,
      async () => (await listOf(anew, 'vstk')).get('mill')?.status?.['confirmed'] === 1 || undefined,
    )
    await auditIsClean()
  })
})
