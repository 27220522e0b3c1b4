import assert from 'node:assert/strict'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const [a, b] = ['unlisted-a', 'unlisted-b'] as const
const user = 'kbnt-in-two-namespaces'

describe('an operator of two namespaces, one of which it may not list', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(120_000)
    shop = await observedNamespaces(testbed().kubeconfigPath, [a, b])
    for (const namespace of [a, b]) await grant(namespace)
    const kubeconfigPath = await testbed().kubeconfigFor(user)
    operator = operatorProcess({ kubeconfigPath, namespaces: [a, b], settings: { leaderElection: calmLease } })
    await operator.start()
    for (const namespace of [a, b]) {
      await shop.createStock('seats', { quantity: 5, allowedNamespaces: ['*'] }, namespace)
      await shop.reserve('before', { seats: 1 }, {}, namespace)
      await shop.untilPhase('before', 'Reserved', undefined, namespace)
    }
    await shop.reserve('both', { [`${a}/seats`]: 1, [`${b}/seats`]: 1 })
    await shop.untilPhase('both', 'Reserved')
    await operator.stop()
    await revoke(b)
    await operator.start()
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
  })

  async function kubectl(...args: readonly string[]): Promise<void> {
    const { code, stderr } = await testbed().kubectl(args)
    assert.equal(code, 0, stderr)
  }

  /** Rights as the chart gives them for a list of namespaces: a Role in each. */
  async function grant(namespace: string): Promise<void> {
    const kinds = [
      'virtualstocks',
      'reservations',
      'vmachines',
      'vstorages',
      'vnetworks',
      'vrequests',
      'orders',
    ].flatMap((kind) => [`${kind}.kbnt.io`, `${kind}.kbnt.io/status`])
    const resources = [...kinds, 'eventspools.kbnt.io', 'leases.coordination.k8s.io', 'events.events.k8s.io']
    const verbs = 'get,list,watch,patch,create,delete,update'
    await kubectl('create', 'role', 'kbnt', '-n', namespace, `--verb=${verbs}`, `--resource=${resources.join()}`)
    await kubectl('create', 'rolebinding', 'kbnt', '-n', namespace, '--role=kbnt', `--user=${user}`)
  }
  const revoke = (namespace: string) => kubectl('delete', 'rolebinding', 'kbnt', '-n', namespace)

  it('serves the other, at once', async () => {
    await shop.reserve('now', { seats: 1 })
    await shop.untilPhase('now', 'Reserved')
    await shop.patchReservation('before', { state: 'Confirmed' })
    await shop.untilPhase('before', 'Confirmed')
  })

  it('says which it can’t list: in the log, to whoever asks for its health, and as a metric', async () => {
    const line = await operator.untilLogged(({ message }) => message === "can't list a namespace; tried again")
    assert.equal(line['namespace'], b)
    const { status, text } = await operator.health('/readyz?verbose')
    assert.equal(status, 200, text)
    assert.match(
      text,
      new RegExp(`^\\[!\\]namespaces ${b} can't be listed \\(.*forbidden.*\\) \\(not required\\)$`, 'm'),
    )
    const metrics = await operator.metrics()
    assert.match(metrics, /^kbnt_served_namespaces 1$/m)
    assert.match(metrics, new RegExp(`^kbnt_unlisted_namespaces\\{namespace="${b}"\\} 1$`, 'm'))
  })

  it('neither ends nor refuses what names a stock of that namespace', async () => {
    await shop.reserve('abroad', { [`${b}/seats`]: 1 })
    await shop.reserve('nowhere', { nothing: 1 }) // refused when an unknown stock has been waited for long enough
    await shop.untilPhase('nowhere', 'Rejected', 'StockNotFound')
    const phaseOf = async (name: string) => (await shop.clients.reservations.get(a, name)).body.status?.phase
    assert.equal(await phaseOf('both'), 'Reserved')
    assert.notEqual(await phaseOf('abroad'), 'Rejected')
  })

  it('takes the namespace up when it may list it, with what was held there', async function () {
    this.timeout(90_000)
    await kubectl('create', 'rolebinding', 'kbnt', '-n', b, '--role=kbnt', `--user=${user}`)
    await operator.untilLogged(({ message, ...fields }) => {
      return message === 'serves one more namespace' && fields['namespace'] === b
    }, 60_000)
    await shop.reserve('late', { seats: 2 }, {}, b)
    await shop.untilPhase('late', 'Reserved', undefined, b)
    await shop.reserve('more-than-left', { seats: 3 }, {}, b)
    await shop.untilPhase('more-than-left', 'Rejected', 'InsufficientStock', b)
    const { body } = await shop.clients.stocks.get(b, 'seats')
    assert.ok((body.status?.reserved ?? 0) >= 4, 'before, both and late are held')
    assert.match(await operator.metrics(), /^kbnt_served_namespaces 2$/m)
    const { text } = await operator.health('/readyz?verbose')
    assert.match(text, /^\[\+\]namespaces ok$/m)
    await shop.patchReservation('both', { state: 'Confirmed' })
    await shop.untilPhase('both', 'Confirmed')
  })

  it('has not ended meanwhile', () => {
    assert.equal(operator.logs().filter(({ message }) => message === 'started').length, 2)
  })
})
