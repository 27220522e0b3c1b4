import assert from 'node:assert/strict'
import type { ResourceRequest } from '../../../../operator/domain/virtualization/resource-request.ts'
import { Crash, type CrashPoint, crashPoints } from '../../../fakes/crash-points.ts'
import { type RequestWorld, requestWorld } from '../../../fakes/request-world.ts'
import { aMachine, aRunningMachine } from '../../../fixtures/machine-builders.ts'
import { aNetwork, anActiveNetwork } from '../../../fixtures/network-builders.ts'
import {
  aDeletion,
  aNetworkRequest,
  aRequest,
  aStorageRequest,
  requestUid,
} from '../../../fixtures/request-builders.ts'
import { anAllocatedStorage } from '../../../fixtures/storage-builders.ts'

const calls = ['report', 'make', 'read', 'remove']
const MOST_ROUNDS = 40

interface Kind {
  readonly request: ResourceRequest
  readonly prepare: (world: RequestWorld) => void
  /** What the machine's own controller does in between. */
  readonly meanwhile: (world: RequestWorld) => void
}

const kinds: Readonly<Record<string, Kind>> = {
  'to make a machine': {
    request: aRequest(),
    prepare: () => undefined,
    meanwhile: ({ machines }) => machines.change('web-1', { status: aRunningMachine().status }),
  },
  'to make a storage': {
    request: aStorageRequest(),
    prepare: () => undefined,
    meanwhile: ({ storages }) => storages.change('data', { status: anAllocatedStorage().status }),
  },
  'to make a network': {
    request: aNetworkRequest(),
    prepare: () => undefined,
    meanwhile: ({ networks }) => networks.change('blue', { status: anActiveNetwork().status }),
  },
  'to end a network': {
    request: aDeletion({ spec: { messageType: 'DELETE_VIRTUAL_NETWORK' } }),
    prepare: ({ networks }) => networks.put(aNetwork(), { request: 'another', message: 'm-0' }),
    meanwhile({ networks }) {
      if (networks.stored('blue')?.deletingSince !== undefined) networks.go('blue')
    },
  },
  'to end a machine': {
    request: aDeletion(),
    prepare: ({ machines }) => machines.put(aMachine(), { request: 'another', message: 'm-0' }),
    meanwhile({ machines }) {
      if (machines.stored('web-1')?.deletingSince !== undefined) machines.go('web-1')
    },
  },
}

/** Lives through a request with an operator that ends at these points and is started again at once. */
async function live({ request, prepare, meanwhile }: Kind, points: readonly CrashPoint[]) {
  const crashing = crashPoints(calls, points)
  const world = requestWorld(request, crashing.wrap)
  prepare(world)
  const delivered: string[] = []
  const done = () => {
    const status = world.requests.stored('team/vr-1')?.status
    return status?.completedAt !== undefined && status.published === status.steps
  }
  for (let rounds = 0; rounds < MOST_ROUNDS && !done(); rounds += 1) {
    try {
      await world.reconcile()
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      world.restart() // what its relay had on its way is lost
    }
    world.relay.deliver()
    delivered.push(...world.relay.delivered.splice(0))
    meanwhile(world)
    await world.clock.advance(1_000)
  }
  const { phase, reason, steps, history } = world.status()
  return {
    calls: crashing.calls,
    end: {
      ...{ phase, reason, steps, operations: history.map(({ operation }) => operation) },
      made: [world.machines, world.storages, world.networks].map(({ made }) => made),
      left: [world.machines.stored('web-1'), world.storages.stored('data'), world.networks.stored('blue')].map(
        (one) => one?.name,
      ),
      delivered: [...new Set(delivered)].sort(),
    },
  }
}

describe('an operator that is killed while it serves a request', () => {
  for (const [what, kind] of Object.entries(kinds))
    it(`ends up the same, wherever it was killed: ${what}`, async () => {
      const want = await live(kind, [])
      assert.equal(want.end.phase, 'Completed')
      assert.deepEqual(want.end.delivered, [`${requestUid}-1`, `${requestUid}-2`])
      assert.ok(want.calls >= 4, `only ${want.calls} calls`)
      for (let call = 1; call <= want.calls; call += 1) {
        for (const side of ['before', 'after'] as const)
          assert.deepEqual((await live(kind, [{ call, side }])).end, want.end, `killed ${side} call ${call}`)
      }
    })
})
