import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { KubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { LEASES, type Lease } from '../../../operator/infrastructure/kubernetes/lease-lock.ts'
import { resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { clientOf, makeNamespace } from './config-maps.ts'

describe('leader election on a real API server', function () {
  this.timeout(60_000)
  let client: KubernetesClient
  let namespace: string
  let number = 0
  const processes: ChildProcess[] = []

  const aCandidate = (identity: string, ...options: readonly string[]) => {
    const script = join(import.meta.dirname, 'candidate.ts')
    const given = [
      '--kubeconfig',
      testbed().kubeconfigPath,
      '--namespace',
      namespace,
      '--identity',
      identity,
      ...options,
    ]
    const child = spawn(process.execPath, [script, ...given], { stdio: ['ignore', 'pipe', 'inherit'] })
    processes.push(child)
    const lines: { readonly text: string; readonly at: number }[] = []
    const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    reader.on('line', (text) => lines.push({ text, at: performance.now() }))
    return {
      child,
      lines,
      /** When it first said so after `since`. */
      async said(text: string, since = 0): Promise<number> {
        for (;;) {
          const found = lines.find((line) => line.text === text && line.at >= since)
          if (found !== undefined) return found.at
          await once(reader, 'line')
        }
      },
    }
  }
  const lease = async () => (await resourceClient<Lease>(client, LEASES).get(namespace, 'the-operator')).body.spec

  before(() => {
    client = clientOf(testbed().kubeconfigPath)
  })

  beforeEach(async () => {
    number += 1
    namespace = `leader-election-${number}`
    await makeNamespace(client, namespace)
  })

  afterEach(() => {
    for (const child of processes.splice(0)) child.kill('SIGKILL')
  })

  after(() => client.close())

  it('passes the lease to the next candidate after the leader was killed', async () => {
    const one = aCandidate('one')
    await one.said('leads 0')
    const two = aCandidate('two')
    await two.said('waiting')
    one.child.kill('SIGKILL')
    const killedAt = performance.now()
    const tookMs = (await two.said('leads 1')) - killedAt
    assert.ok(tookMs > 1_500, `${Math.round(tookMs)} ms`) // a lease that is held is waited for
    const { holderIdentity, leaseTransitions, leaseDurationSeconds } = (await lease()) ?? {}
    assert.deepEqual([holderIdentity, leaseTransitions, leaseDurationSeconds], ['two', 1, 3])
  })

  it('lets a leader that was frozen past its lease say that it lost it, and never that it leads', async () => {
    const one = aCandidate('one')
    await one.said('leads 0')
    const two = aCandidate('two')
    await two.said('waiting')
    one.child.kill('SIGSTOP')
    await two.said('leads 1')
    const wokenAt = performance.now()
    one.child.kill('SIGCONT')
    await once(one.child, 'exit')
    const after = one.lines.filter(({ at }) => at >= wokenAt).map(({ text }) => text)
    assert.ok(!after.includes('leading'), after.join(' '))
    assert.match(after.at(-1) ?? '', /^(lost|taken)$/)
    assert.equal((await lease())?.holderIdentity, 'two')
  })

  it('passes the lease on, long before it has run out, when the leader is told to end', async () => {
    const longerThanThisTest = ['--lease-ms', '3600000']
    const one = aCandidate('one', ...longerThanThisTest)
    await one.said('leads 0')
    const two = aCandidate('two', ...longerThanThisTest)
    await two.said('waiting')
    one.child.kill('SIGTERM')
    await one.said('released')
    await two.said('leads 1')
  })
})
