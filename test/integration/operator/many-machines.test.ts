import assert from 'node:assert/strict'
import { inFlight } from '../../fixtures/in-flight.ts'
import { createMachine, createPool, untilMachine } from '../../fixtures/machines.ts'
import { note } from '../../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const MACHINES = 200
/**
 * A finalizer, three states each with a mark that its events are out, and three writes of the reservation (made, told
 * that it is still undecided, told that it is in use). How many of them fall together depends on how busy all is.
 */
const MOST_WRITES_EACH = 10
const IN_FLIGHT = 64

const variants = [
  { title: 'that boot at once', namespace: 'operator-many-quick', bootDelay: '0ms', refusedOnce: 0 },
  {
    title: 'that boot for 2 s, a tenth of them refused once',
    namespace: 'operator-many-slow',
    bootDelay: '2s',
    refusedOnce: 10,
  },
] as const

for (const { title, namespace, bootDelay, refusedOnce } of variants) {
  describe(`${MACHINES} machines ${title}`, () => {
    let site: ObservedNamespaces
    let operator: OperatorProcess

    before(async function () {
      this.timeout(90_000)
      const { kubeconfigPath } = testbed()
      site = await observedNamespaces(kubeconfigPath, [namespace])
      const leaderElection = { leaseDuration: '15s', renewDeadline: '10s', retryPeriod: '2s' }
      const settings = { leaderElection, machines: { simulated: { bootDelay } } }
      operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], settings })
      await operator.start()
      await createPool(site, namespace, 'east', { cpu: MACHINES, memory: MACHINES, disk: MACHINES })
      await site.untilStock('east-memory', ({ status }) => status?.ledger.pending?.length === 0)
    })
    after(async () => {
      await operator?.dispose()
      await site?.close()
    })

    it(`all run after at most ${MOST_WRITES_EACH} API writes each`, async function () {
      this.timeout(120_000)
      const before = await apiWrites(operator)
      const madeBefore = writesOfTheirOwn(site)
      const startedAt = performance.now()
      const names = Array.from({ length: MACHINES }, (_, index) => `machine-${index}`)
      await inFlight(names, IN_FLIGHT, (name) => {
        const isRefused = refusedOnce > 0 && Number(name.split('-')[1]) % refusedOnce === 0
        const annotations = isRefused ? { 'kbnt.io/simulate': 'create:1' } : {}
        return createMachine(site, { namespace, name, annotations }, { pool: 'east' })
      })
      for (const name of names) await untilMachine(site, `${namespace}/${name}`, ['Running'], 60_000)
      const seconds = (performance.now() - startedAt) / 1_000
      const isMarked = (name: string) =>
        site.machines.until(
          `${namespace}/${name}`,
          (machine) => machine?.status?.published === machine?.status?.steps,
          30_000,
        )
      for (const name of names) await isMarked(name) // the last write that each of them costs
      const made = writesOfTheirOwn(site) - madeBefore - MACHINES // their creation is the client's
      const each = made / MACHINES
      const inAll = ((await apiWrites(operator)) - before) / MACHINES
      note(
        `${MACHINES} machines ${title}: ${each.toFixed(1)} API writes each, ${inAll.toFixed(1)} with those of stocks and lease, all running after ${seconds.toFixed(1)} s`,
      )
      assert.ok(each <= MOST_WRITES_EACH, `${each} writes`)
      const { status } = await site.untilStock('east-cpu', (stock) => stock.status?.ledger.pending?.length === 0)
      assert.equal(status?.confirmed, MACHINES)
    })
  })
}

/** Versions of the machines, their reservations and what kubectl describe shows of them. */
function writesOfTheirOwn({ machines, reservations, events }: ObservedNamespaces): number {
  return machines.events.length + reservations.events.length + events.events.length
}

/** Everything that changes the store, also what was refused and the leader's own lease. */
async function apiWrites(operator: OperatorProcess): Promise<number> {
  const lines = (await operator.metrics()).split('\n')
  const writes = lines.filter((line) => /^rest_client_requests_total\{.*method="(POST|PUT|PATCH|DELETE)"/.test(line))
  return writes.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
