import assert from 'node:assert/strict'
import { deniedWrites } from '../../fixtures/denied-writes.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const lively = 'faults-denied-lively'
const frozen = 'faults-denied-frozen'
describe('a namespace in which a policy denies the statuses of reservations', () => {
  let cluster: ObservedNamespaces
  let operator: OperatorProcess
  const freeze = deniedWrites({
    ...{ name: 'faults-denied-freeze', namespace: frozen, by: 'policy' },
    resources: ['reservations/status'],
  })

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath } = testbed()
    cluster = await observedNamespaces(kubeconfigPath, [lively, frozen])
    operator = operatorProcess({
      kubeconfigPath,
      namespaces: [lively, frozen],
      settings: { leaderElection: calmLease },
    })
    await operator.start()
  })
  after(async () => {
    await freeze.end()
    await operator?.dispose()
    await cluster?.close()
  })

  const pendingOf = (namespace: string) => cluster.stocks.latest(`${namespace}/goods`)?.status?.ledger.pending ?? []
  const statusOf = (name: string) => cluster.reservations.latest(`${frozen}/${name}`)?.status

  it('costs the others nothing, and is told when the policy goes', async function () {
    this.timeout(120_000)
    for (const namespace of [lively, frozen]) await cluster.createStock('goods', { quantity: 500 }, namespace)
    await cluster.reserve('probe', { goods: 1 }, {}, frozen)
    await cluster.untilPhase('probe', 'Reserved', undefined, frozen)
    await freeze.begin('rsv/probe')

    const names = Array.from({ length: 120 }, (_, index) => `f${index}`)
    await Promise.all(names.map((name) => cluster.reserve(name, { goods: 1 }, {}, frozen)))
    await operator.untilLogged(
      ({ message, namespace }) => message.includes('tell reservations') && namespace === frozen,
    )
    for (const name of ['l1', 'l2', 'l3']) {
      await cluster.reserve(name, { goods: 1 }, {}, lively)
      await cluster.untilPhase(name, 'Reserved')
    }
    assert.ok(names.every((name) => statusOf(name) === undefined))
    await cluster.stocks.until(`${frozen}/goods`, (stock) => stock?.status?.reserved === 121)
    assert.equal(pendingOf(frozen).length >= 120, true, 'what nobody was told stays in the journal')
    assert.match(await operator.metrics(), /kbnt_retries_total\{operation="tell reservations",cause="[A-Za-z]+"\} \d+/)

    await freeze.end()
    for (const name of names) await cluster.untilPhase(name, 'Reserved', undefined, frozen)
    await cluster.stocks.until(`${frozen}/goods`, (stock) => stock?.status?.ledger.pending?.length === 0)
    assert.equal(operator.logs().filter(({ message }) => message === 'leading').length, 1)
  })
})
