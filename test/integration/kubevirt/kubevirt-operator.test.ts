import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { type KubernetesClient, kubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../../operator/infrastructure/kubernetes/kube-config.ts'
import {
  type KubevirtMachine,
  kubevirtMachines,
} from '../../../operator/infrastructure/kubernetes/kubevirt/kubevirt-resources.ts'
import { resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import { type VirtController, virtController } from '../../fixtures/kubevirt/virt-controller.ts'
import { createMachine, createPool, untilMachine } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type Supervision, supervised } from '../../fixtures/supervised.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until as waitUntil } from '../../fixtures/until.ts'
import { installKubevirt } from './kubevirt-side.ts'

const namespace = 'kubevirt-machines'
const MACHINES = 20
const KILLS = 4

describe('the operator with KubeVirt', () => {
  let client: KubernetesClient
  let kubevirt: VirtController
  let site: ObservedNamespaces
  let operator: OperatorProcess
  /** On a busy machine it may lose its lease and end, as it should. */
  let supervision: Supervision | undefined
  let install: () => Promise<void>

  before(async function () {
    this.timeout(120_000)
    const server = await testbed().ownApiServer()
    client = kubernetesClient({ kubeConfig: readKubeConfig(server.kubeconfigPath), userAgent: 'kbnt-test' })
    site = await observedNamespaces(server.kubeconfigPath, [namespace])
    await createPool(site, namespace, 'east', { cpu: 40, memory: 40, disk: 40 })
    const leaderElection = { leaseDuration: '3s', renewDeadline: '2500ms', retryPeriod: '300ms' }
    operator = operatorProcess({
      kubeconfigPath: server.kubeconfigPath,
      namespaces: [namespace],
      settings: { leaderElection },
    })
    await operator.start()
    supervision = supervised(operator)
    install = async () => {
      await installKubevirt(server)
      kubevirt = await virtController(client)
    }
  })
  after(async () => {
    await supervision?.end()
    await operator?.dispose()
    await kubevirt?.stop()
    await site?.close()
    await client?.close()
  })

  const create = (name: string) =>
    createMachine(
      site,
      { namespace, name },
      { pool: 'east', provider: 'KubeVirt', image: 'registry.example.com/disk:1' },
    )
  const until = (name: string, phase: string, reason?: string) =>
    untilMachine(site, `${namespace}/${name}`, [phase, reason], 30_000)
  const kubevirtMachinesNow = async () =>
    (await resourceClient<KubevirtMachine>(client, kubevirtMachines).list({ namespace })).items

  it('takes no capacity before KubeVirt is there, and goes on by itself when it comes', async function () {
    this.timeout(90_000)
    await create('first')
    await until('first', 'Pending', 'ProviderUnavailable')
    assert.equal(site.reservations.all().length, 0)
    await install()
    const { status, metadata } = await until('first', 'Running')
    const [vm] = await kubevirtMachinesNow()
    assert.deepEqual(status?.providerRef, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      name: vm?.metadata.name,
    })
    assert.equal(vm?.metadata.ownerReferences?.[0]?.uid, metadata.uid)
    assert.match(status.endpoints?.[0]?.address ?? '', /^[0-9.]+$/)
  })

  it('halts it, starts it, and takes it away before its capacity', async () => {
    const change = (runStrategy: string) =>
      site.clients.machines.mergePatch(namespace, 'first', { spec: { runStrategy } })
    await change('Halted')
    const { status } = await until('first', 'Stopped', 'Halted')
    assert.equal(status?.restarts, undefined)
    await change('Always')
    await until('first', 'Running')
    const name = status?.providerRef?.name ?? ''
    kubevirt.hanging.add(name)
    await site.clients.machines.delete(namespace, 'first')
    const leaving = await until('first', 'Deleting')
    assert.match(leaving.status?.message ?? '', /KubeVirt machine first-[0-9a-f]{8} is being deleted/)
    assert.equal(site.reservations.all().length, 1)
    kubevirt.hanging.delete(name)
    kubevirt.lookAt(`${namespace}/${name}`)
    await site.machines.until(`${namespace}/first`, (machine) => machine === undefined, 30_000)
    assert.deepEqual([site.reservations.all().length, (await kubevirtMachinesNow()).length], [0, 0])
  })

  it('makes exactly one of each machine, however often it is killed', async function () {
    this.timeout(180_000)
    const names = Array.from({ length: MACHINES }, (_, index) => `many-${index}`)
    const timesLed = () => operator.logs().filter(({ message }) => message === 'leading').length
    const created = (async () => {
      for (const name of names) {
        await create(name)
        await pause(100)
      }
    })()
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await pause(kill * 150)
      const before = timesLed()
      await operator.kill() // it is started again
      await waitUntil('a leader', 60_000, () => Promise.resolve(timesLed() > before || undefined))
    }
    await created
    for (const name of names) await untilMachine(site, `${namespace}/${name}`, ['Running'], 90_000)
    const made = (await kubevirtMachinesNow()).map(({ metadata }) => metadata.annotations?.['kbnt.io/machine'])
    assert.deepEqual(made.sort(), names.sort())
    assert.equal(site.reservations.all().length, MACHINES)
    for (const name of names) await site.clients.machines.delete(namespace, name)
    for (const name of names)
      await site.machines.until(`${namespace}/${name}`, (machine) => machine === undefined, 30_000)
    assert.deepEqual([site.reservations.all().length, (await kubevirtMachinesNow()).length], [0, 0])
  })
})
