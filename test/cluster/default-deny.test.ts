import assert from 'node:assert/strict'
import { until } from '../fixtures/until.ts'
import type { ClusterSite } from './cluster-site.ts'
import { helmIn, install, installKinds } from './install.ts'
import { finalizersIn, goesWithin, type Listed, makeRestricted, type Pod } from './namespaces.ts'
import { allows, type NetworkPolicy } from './network-policies.ts'
import { makeHeld } from './objects.ts'
import { sharedSite } from './shared-site.ts'

const shut = 'shut'
const LOOK_MS = 100
const programs = ['kbnt-operator', 'kbnt-operator-gateway', 'kbnt-operator-test', 'kbnt-operator-uninstall'] as const
type Program = (typeof programs)[number]

interface Slice {
  readonly ports: readonly { readonly port: number; readonly protocol: string }[]
}

/** No network heeds policies here, so what one would let through is computed, from the objects that are in the cluster. */
describe('A namespace where nothing is allowed that no policy allows', function () {
  this.timeout(120_000)
  this.bail(true) // each step stands on the one before
  let site: ClusterSite
  let policies: readonly NetworkPolicy[]
  const pods = new Map<string, Pod>()

  before(async () => {
    site = sharedSite()
    await installKinds(site)
    await makeRestricted(site, shut)
    await site.apply({
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'nothing', namespace: shut } },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    })
  })

  async function look(): Promise<void> {
    const { items } = await site.json<Listed<Pod>>('get', 'pods', '-n', shut)
    for (const pod of items) pods.set(pod.metadata.name, pod)
  }
  /** Looks at all pods that there are until the work is done: those of hooks are gone then. */
  async function lookingOn(work: Promise<unknown>): Promise<void> {
    let done = false
    const over = work.finally(() => {
      done = true
    })
    const looked = until('end', 110_000, async () => look().then(() => done || undefined), LOOK_MS)
    await Promise.all([over, looked])
  }
  const podsOf = (program: Program) =>
    [...pods.values()].filter(({ metadata }) => metadata.labels['app.kubernetes.io/name'] === program)
  /** Where a Service sends what comes to it: policies are mostly asked about this address, after the Service's own. */
  async function endpointsOf(namespace: string, service: string): Promise<Slice['ports']> {
    const of = ['-n', namespace, '-l', `kubernetes.io/service-name=${service}`]
    return (await site.json<Listed<Slice>>('get', 'endpointslices', ...of)).items.flatMap(({ ports }) => ports)
  }

  it('gets an operator and a gateway, which are ready', async () => {
    await install(site, shut, 'watchNamespaces=own', 'gateway.enabled=true')
    policies = (await site.json<Listed<NetworkPolicy>>('get', 'networkpolicies', '-n', shut)).items
    assert.equal(policies.length, 4)
    await look()
  })

  it('has them tested and uninstalled, with a hold alive', async () => {
    await lookingOn(helmIn(site, shut)('test', '--timeout=60s'))
    await makeHeld(site, shut, 'held')
    await lookingOn(helmIn(site, shut)('uninstall', '--wait', '--timeout=90s'))
    assert.deepEqual(await finalizersIn(site, shut), [])
    for (const program of programs) assert.ok(podsOf(program).length > 0, `no pod of ${program} was seen`)
  })

  it('lets each of their pods ask for names and reach the API server', async () => {
    const needed = [
      ...[
        { port: 53, protocol: 'UDP' },
        { port: 53, protocol: 'TCP' },
        { port: 443, protocol: 'TCP' },
      ],
      ...(await endpointsOf('kube-system', 'kube-dns')),
      ...(await endpointsOf('default', 'kubernetes')),
    ]
    assert.ok(needed.length >= 6)
    for (const program of programs)
      for (const pod of podsOf(program))
        for (const { port, protocol } of needed)
          assert.ok(allows(policies, pod, 'egress', { port, protocol }), `${pod.metadata.name} to ${protocol} ${port}`)
  })

  it('lets the operator reach its Kafka, and nobody else', () => {
    const port = Number(site.brokers.split(':')[1])
    const mayReach = programs.filter((program) =>
      podsOf(program).every((pod) => allows(policies, pod, 'egress', { port, protocol: 'TCP' })),
    )
    assert.deepEqual(mayReach, ['kbnt-operator'])
  })

  it('lets nothing else in or out', () => {
    const open: Readonly<Record<Program, readonly number[]>> = {
      'kbnt-operator': [8080, 8081],
      'kbnt-operator-gateway': [8080, 8081, 8090],
      'kbnt-operator-test': [],
      'kbnt-operator-uninstall': [],
    }
    for (const program of programs)
      for (const pod of podsOf(program)) {
        const asked = [22, 80, 443, 8080, 8081, 8090]
        const reached = asked.filter((port) => allows(policies, pod, 'ingress', { port, protocol: 'TCP' }))
        assert.deepEqual(reached, open[program], pod.metadata.name)
        assert.ok(!allows(policies, pod, 'egress', { port: 80, protocol: 'TCP' }), pod.metadata.name)
      }
  })

  it('goes like any other', () => goesWithin(site, shut))
})
