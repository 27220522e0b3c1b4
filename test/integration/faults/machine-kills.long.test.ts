import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import { inFlight } from '../../fixtures/in-flight.ts'
import { createMachine, createPool, untilMachine } from '../../fixtures/machines.ts'
import { note } from '../../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type Supervision, supervised } from '../../fixtures/supervised.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { randomFrom } from '../../simulation/world/random.ts'

const namespace = 'faults-machines'
const MACHINES = 200
const KILLS = 10
const names = Array.from({ length: MACHINES }, (_, index) => `machine-${index}`)

describe('an operator that is killed again and again while it brings up machines', () => {
  const random = randomFrom(Number(process.env['KBNT_SEED'] ?? Date.now()))
  let site: ObservedNamespaces
  let operator: OperatorProcess
  /** On a busy machine it may lose its lease and end, as it should. */
  let supervision: Supervision | undefined

  before(async function () {
    this.timeout(90_000)
    const { kubeconfigPath } = testbed()
    site = await observedNamespaces(kubeconfigPath, [namespace])
    operator = operatorProcess({
      kubeconfigPath,
      namespaces: [namespace],
      settings: {
        leaderElection: { leaseDuration: '3s', renewDeadline: '2500ms', retryPeriod: '300ms' },
        machines: { simulated: { bootDelay: '500ms' } },
      },
    })
    await createPool(site, namespace, 'east', { cpu: MACHINES, memory: MACHINES, disk: MACHINES })
    await operator.start()
  })
  after(async () => {
    await supervision?.end()
    await operator?.dispose()
    await site?.close()
  })

  const inPhase = (phase: string) => site.machines.all().filter(({ status }) => status?.phase === phase).length
  const create = (name: string) => {
    const faulty = Number(name.split('-')[1]) % 10 === 0
    const annotations = faulty ? { 'kbnt.io/simulate': 'create:1,crash' } : {}
    return createMachine(site, { namespace, name, annotations }, { pool: 'east' })
  }

  it('ends with every machine running once, on capacity of its own', async function () {
    this.timeout(400_000)
    const created = inFlight(names, 4, async (name) => {
      await create(name)
      await pause(200) // so that there is something new at each of the kills
    })
    const running: number[] = []
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await operator.start()
      await pause(200 + random.next() * 800)
      await operator.kill()
      running.push(inPhase('Running'))
    }
    await created
    await operator.start()
    supervision = supervised(operator)
    for (const name of names) await untilMachine(site, `${namespace}/${name}`, ['Running'], 150_000)
    note(`${MACHINES} machines, running at each of ${KILLS} kills: ${running.join(' ')}`)

    const owners = site.reservations.all().map(({ metadata }) => metadata.labels?.['kbnt.io/machine-uid'])
    assert.deepEqual([owners.length, new Set(owners).size], [MACHINES, MACHINES])
    const settled = await site.untilStock('east-cpu', ({ status }) => status?.ledger.pending?.length === 0)
    assert.equal(settled.status?.confirmed, MACHINES)
    const kubeconfig = testbed().kubeconfigPath
    const { lines, findings, unfinished } = await settledReport(
      { kubeconfig, namespace, kafkaBrokers: [], auditTopic: '' },
      150_000,
    )
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
  })

  it('has told of every step of every machine, in order', async () => {
    const told = new Map<string, number[]>()
    for (const { topic, key, value } of operator.events()) {
      if (topic !== 'virtualization-events') continue
      told.set(key, [...(told.get(key) ?? []), Number(value['sequence'])])
    }
    for (const name of names) {
      const key = `${namespace}/${name}`
      const first = [...new Set(told.get(key))]
      const { steps = 0 } = site.machines.latest(key)?.status ?? {}
      assert.deepEqual(
        first,
        Array.from({ length: steps }, (_, index) => index + 1),
        key,
      )
    }
  })

  it('takes everything down through more kills, and gives all capacity back', async function () {
    this.timeout(220_000)
    const removed = inFlight(names, 4, async (name) => void (await site.clients.machines.delete(namespace, name)))
    for (let kill = 1; kill <= 3; kill += 1) {
      await pause(2_000 + random.next() * 1_000)
      await operator.kill() // it is started again
    }
    await removed
    for (const name of names)
      await site.machines.until(`${namespace}/${name}`, (machine) => machine === undefined, 100_000)
    await site.untilStock('east-cpu', ({ status }) => status?.confirmed === 0 && status.ledger.pending?.length === 0)
    assert.equal(site.reservations.all().length, 0)
  })
})
