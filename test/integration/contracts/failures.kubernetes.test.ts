import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { StockStatus, StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { Reservation } from '../../../operator/domain/reservation/reservation.ts'
import { statusWithoutEntry } from '../../../operator/domain/reservation/tell.ts'
import { type KubernetesClient, kubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../../operator/infrastructure/kubernetes/kube-config.ts'
import { resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { Reservation as ReservationResource } from '../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import {
  kubernetesReservations,
  reservationsResource,
} from '../../../operator/infrastructure/kubernetes/resources/reservations.ts'
import {
  kubernetesStockLedger,
  virtualStocks,
} from '../../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'
import { anEntry } from '../../fixtures/builders.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'failing-writes'
const apiVersion = 'kbnt.io/v1beta1'
const onServerDate = () => undefined

describe('a write that fails on a real API server', () => {
  let client: KubernetesClient

  before(async () => {
    const { kubeconfigPath, kubectl } = testbed()
    client = kubernetesClient({ kubeConfig: readKubeConfig(kubeconfigPath), userAgent: 'failures' })
    await kubectl(['create', 'namespace', namespace])
  })
  after(() => client?.close())

  const stocks = () => resourceClient<VirtualStock>(client, virtualStocks)
  const reservations = () => resourceClient<ReservationResource>(client, reservationsResource)
  const ledger = () =>
    kubernetesStockLedger({
      client: stocks(),
      namespaces: [namespace],
      serves: () => true,
      onServerDate,
      shares: { run: (_, work) => work() },
    })
  const reports = () =>
    kubernetesReservations({
      client: reservations(),
      cache: { get: () => undefined, list: () => [], byIndex: () => [] },
      onServerDate,
    })

  async function aStock(name: string): Promise<StoredStock> {
    const metadata = { namespace, name }
    await stocks().create({ apiVersion, kind: 'VirtualStock', metadata, spec: { quantity: 5 } } as VirtualStock)
    return (await ledger().read(namespace, name)) as StoredStock
  }

  async function aReservation(name: string): Promise<Reservation> {
    const spec = { items: [{ stock: 'lamp', quantity: 1 }] }
    const resource = { apiVersion, kind: 'Reservation', metadata: { namespace, name }, spec }
    await reservations().create(resource as unknown as ReservationResource)
    return (await reports().read(namespace, name)) as Reservation
  }

  it('because of what is in it is refused, whatever number is none', async () => {
    const stock = await aStock('broken')
    for (const reserved of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY]) {
      const { kind, guard } = (await ledger().append(stock, { ...status, reserved })) as {
        kind: string
        guard?: boolean
      }
      assert.deepEqual([kind, guard], ['refused', false], String(reserved))
    }
  })

  it('because it is larger than etcd, or the API server, takes it is said to be too large', async () => {
    const stock = await aStock('large')
    for (const megabytes of [1.6, 2, 2.5, 4]) {
      const text = 'x'.repeat(16_000)
      const pending = Array.from({ length: Math.ceil((megabytes * 1e6) / 16_100) }, (_, index) =>
        anEntry({ sequence: index + 1, reservation: text }),
      )
      const large = { ...status, ledger: { ...status.ledger, sequence: pending.length, pending } }
      assert.deepEqual(await ledger().append(stock, large), { kind: 'tooLarge' }, `${megabytes} MB`)
    }
    assert.equal((await ledger().append(stock, status)).kind, 'committed')
  })

  for (const reason of ['Invalid', 'Forbidden', 'RequestEntityTooLarge']) {
    it(`because a policy denies it, as ${reason}, is tried again until the policy is gone`, async () => {
      const stock = await aStock(`frozen-${reason.toLowerCase()}`)
      const reservation = await aReservation(`frozen-${reason.toLowerCase()}`)
      const tell = () => reports().report(reservation, pendingStatus(reservation))
      const thaw = await freeze(reason)
      const write = await untilDenied(() => ledger().append(stock, status), stock)
      assert.deepEqual({ ...write, reason: '' }, { kind: 'notApplied', reason: '', cause: reason, retryAfterMs: 1_000 })
      const report = await tell()
      assert.deepEqual(
        { ...report, reason: '' },
        { kind: 'notApplied', reason: '', cause: reason, retryAfterMs: 1_000 },
      )
      await thaw()
      await untilDone(async () => (await tell()).kind === 'reported')
    })
  }

  /** Has a policy deny every write of a status in this namespace; the answer ends that. */
  async function freeze(reason: string): Promise<() => Promise<void>> {
    const { kubectl } = testbed()
    const name = `freeze-${namespace}-${reason.toLowerCase()}`
    const resources = ['virtualstocks/status', 'reservations/status']
    const policy = {
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        resourceRules: [{ apiGroups: ['kbnt.io'], apiVersions: ['*'], operations: ['UPDATE'], resources }],
      },
      validations: [{ expression: 'false', message: 'namespace is under a change freeze', reason }],
    }
    const binding = { policyName: name, validationActions: ['Deny'] }
    for (const [kind, spec] of Object.entries({ '': policy, Binding: binding })) {
      const object = {
        ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: `ValidatingAdmissionPolicy${kind}` },
        ...{ metadata: { name }, spec },
      }
      const { code, stderr } = await kubectl(['create', '-f', '-'], object)
      assert.equal(code, 0, stderr)
    }
    return async () => {
      const kinds = 'validatingadmissionpolicybinding,validatingadmissionpolicy'
      await kubectl(['delete', kinds, name])
    }
  }

  /** A policy is in force some time after it is stored; until then the write goes through, and is made anew. */
  async function untilDenied(write: () => Promise<{ kind: string }>, { name }: StoredStock): Promise<object> {
    const probe = await aStock(`probe-${name}`)
    await untilDone(async () => {
      const present = (await ledger().read(namespace, probe.name)) as StoredStock
      return (await ledger().append(present, status)).kind !== 'committed'
    })
    return write()
  }
})

const status: StockStatus = {
  ...{
    observedGeneration: 1,
    quantity: 5,
    reserved: 1,
    confirmed: 0,
    available: 4,
    waiting: 0,
    utilizationPercent: 20,
  },
  ...{ level: 'Normal', conditions: [] },
  ledger: {
    ...{ format: 1, term: 1, writer: 'w', attempt: 1, sequence: 1 },
    ...{ at: '2026-11-22T10:00:00.000Z', pending: [] },
  },
}

function pendingStatus(reservation: Reservation) {
  const facts = { phase: 'Pending', reason: 'StockBusy', message: 'wait', at: status.ledger.at } as const
  return statusWithoutEntry(facts, reservation)
}

async function untilDone(look: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await look()) return
    await pause(100)
  }
  throw new Error('it has not come to pass')
}
