import assert from 'node:assert/strict'
import { settled } from '../../../../operator/application/outcome.ts'
import {
  type ControllerParts,
  leaderControllers,
  queuesFor,
} from '../../../../operator/programs/operator/controllers.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const silent = () => undefined
const quiet = {
  ...{ depth: silent, added: silent, retried: silent, waited: silent, worked: silent },
  ...{ unfinished: silent, longestRunning: silent },
}

/** One whose work is what `chores` says; nobody else has anything to do. */
function controllersOf(chores: Readonly<Record<string, () => Promise<typeof settled>>>) {
  const { sweepMachines, sweepStorages, sweepClaims, sweepAddresses, retireRequests, retireOrders, sweepOrders } =
    chores
  const queues = queuesFor(quiet)
  const world = { observer: {}, reservations: { all: () => [] }, skew: {} }
  const parts = {
    ...{ queues, clock: fakeClock(), engine: { world, finish: {} }, retention: {}, keeping: {}, keepingObserver: {} },
    logger: { child: () => ({ warn: silent, debug: silent }) },
    observer: { reconciled: silent, activeWorkers: silent, maxWorkers: silent },
    machines: { sweep: sweepMachines },
    storages: { sweep: sweepStorages },
    networks: { sweep: sweepClaims, sweepAddresses },
    requests: { retire: retireRequests },
    orders: { retire: retireOrders, sweep: sweepOrders },
    rows: {},
  }
  return leaderControllers(parts as unknown as ControllerParts)
}

describe('the chores of a leader', () => {
  it('wait for none that hangs, such as sweeps of what a sick provider has', async () => {
    const sick = Promise.withResolvers<typeof settled>()
    const hangs = () => sick.promise
    const done: string[] = []
    const last = Promise.withResolvers<void>()
    const does = (name: string) => async () => {
      done.push(name)
      if (done.length === 3) last.resolve()
      return settled
    }
    const controllers = controllersOf({
      ...{ sweepMachines: hangs, sweepStorages: hangs, sweepClaims: hangs, sweepAddresses: hangs },
      retireRequests: does('retire requests'),
      retireOrders: does('retire orders'),
      sweepOrders: does('sweep orders'),
    })
    controllers.start()
    await last.promise
    assert.deepEqual(done, ['retire requests', 'retire orders', 'sweep orders'])
    sick.resolve(settled)
    assert.equal(await controllers.stop(1_000), true)
  })
})
