import assert from 'node:assert/strict'
import { deniedWrites } from '../../fixtures/denied-writes.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const lively = 'faults-books-lively'
const frozen = 'faults-books-frozen'
const name = 'faults-books'

/** What fails, and what those are told who ask for units meanwhile; where their own status fails too, nothing. */
const cases = [
  {
    what: 'a policy denies the books of stocks',
    by: 'policy',
    resources: ['virtualstocks/status'],
    told: /change freeze/,
  },
  {
    what: 'a webhook that nobody answers fails the books of stocks',
    by: 'webhook',
    resources: ['virtualstocks/status'],
    told: /failed calling webhook/,
  },
  { what: 'a policy denies every write', by: 'policy', resources: ['*/*'], told: undefined },
  {
    what: 'a webhook that nobody answers fails the statuses of reservations',
    by: 'webhook',
    resources: ['reservations/status'],
    told: undefined,
  },
] as const

describe('a namespace in which writes fail, beside one in which they do not', () => {
  let cluster: ObservedNamespaces
  let operator: OperatorProcess
  let pid: number | undefined

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
    pid = operator.pid()
    for (const namespace of [lively, frozen]) await cluster.createStock('goods', { quantity: 1_000 }, namespace)
    await cluster.reserve('probe', { goods: 1 }, {}, frozen)
    await cluster.untilPhase('probe', 'Reserved', undefined, frozen)
  })
  after(async () => {
    await operator?.dispose()
    await cluster?.close()
  })

  const statusOf = (reservation: string) => cluster.reservations.latest(`${frozen}/${reservation}`)?.status

  /** A round of what a shop does all day. */
  async function serves(round: string): Promise<void> {
    await cluster.reserve(`${round}-sold`, { goods: 2 })
    await cluster.untilPhase(`${round}-sold`, 'Reserved')
    await cluster.patchReservation(`${round}-sold`, { state: 'Confirmed' })
    await cluster.untilPhase(`${round}-sold`, 'Confirmed')
    await cluster.reserve(`${round}-short`, { goods: 1 }, { ttl: '1s' })
    await cluster.untilPhase(`${round}-short`, 'Expired')
  }

  for (const [index, { what, by, resources, told }] of cases.entries()) {
    it(`${what}: only that namespace waits, and goes on when it is over`, async function () {
      this.timeout(60_000)
      const failure = deniedWrites({ name: `${name}-${index}`, namespace: frozen, resources, by })
      const asks = Array.from({ length: 120 }, (_, ask) => `ask-${index}-${ask}`)
      try {
        await failure.begin(resources[0].startsWith('virtualstocks') ? 'vstk/goods' : 'rsv/probe')
        await Promise.all(asks.map((ask) => cluster.reserve(ask, { goods: 1 }, {}, frozen)))
        await serves(`round-${index}`)
        if (told)
          for (const ask of asks) {
            const { status } = await cluster.untilPhase(ask, 'Pending', 'StockBusy', frozen)
            assert.match(status?.message ?? '', told)
          }
        else assert.ok(asks.every((ask) => statusOf(ask) === undefined))
      } finally {
        await failure.end()
      }
      for (const ask of asks) await cluster.untilPhase(ask, 'Reserved', undefined, frozen)
      const out = 1 + asks.length * (index + 1)
      await cluster.stocks.until(`${frozen}/goods`, (stock) => stock?.status?.reserved === out)
      await cluster.stocks.until(`${frozen}/goods`, (stock) => stock?.status?.ledger.pending?.length === 0)
      assert.equal(operator.pid(), pid, 'no process has ended')
    })
  }
})
