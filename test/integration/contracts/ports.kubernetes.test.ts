import assert from 'node:assert/strict'
import { SpoolTooLarge } from '../../../operator/application/event/event-spools.ts'
import { type KubernetesClient, kubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../../operator/infrastructure/kubernetes/kube-config.ts'
import { resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import {
  eventSpoolsResource,
  kubernetesEventSpools,
} from '../../../operator/infrastructure/kubernetes/resources/event-spools.ts'
import type { EventSpool } from '../../../operator/infrastructure/kubernetes/resources/generated/event-spool.ts'
import type { Reservation } from '../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import {
  kubernetesReservations,
  reservationsResource,
} from '../../../operator/infrastructure/kubernetes/resources/reservations.ts'
import {
  kubernetesStockLedger,
  virtualStocks,
} from '../../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'
import { eventSpoolsContract, spoolEvents } from '../../contracts/event-spools.contract.ts'
import { reservationsContract } from '../../contracts/reservations.contract.ts'
import { stockLedgerContract } from '../../contracts/stock-ledger.contract.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'contracts'
const onServerDate = () => undefined

describe('the ports on a real API server', () => {
  let client: KubernetesClient

  before(async () => {
    const { kubeconfigPath, kubectl } = testbed()
    client = kubernetesClient({ kubeConfig: readKubeConfig(kubeconfigPath), userAgent: 'contracts' })
    await kubectl(['create', 'namespace', namespace])
  })
  after(() => client?.close())

  async function run(...args: string[]): Promise<void> {
    const { code, stderr } = await testbed().kubectl([...args, '-n', namespace])
    assert.equal(code, 0, stderr)
  }

  async function apply(object: object): Promise<void> {
    const { code, stderr } = await testbed().kubectl(['create', '-n', namespace, '-f', '-'], object)
    assert.equal(code, 0, stderr)
  }

  const apiVersion = 'kbnt.io/v1beta1'
  const patch = (kind: string, name: string, spec: object) =>
    run('patch', kind, name, '--type=merge', '-p', JSON.stringify({ spec }))

  stockLedgerContract('VirtualStock status', () => ({
    ledger: kubernetesStockLedger({
      shares: { run: (_, work) => work() },
      client: resourceClient<VirtualStock>(client, virtualStocks),
      namespaces: [namespace],
      serves: () => true,
      onServerDate,
    }),
    namespace,
    createStock: (name, quantity) =>
      apply({ apiVersion, kind: 'VirtualStock', metadata: { name }, spec: { quantity } }),
    changeQuantity: (name, quantity) => patch('vstk', name, { quantity }),
    deleteStock: (name) => run('delete', 'vstk', name, '--wait=false'),
  }))

  reservationsContract('Reservation objects', () => ({
    reservations: kubernetesReservations({
      client: resourceClient<Reservation>(client, reservationsResource),
      cache: { get: () => undefined, list: () => [], byIndex: () => [] },
      onServerDate,
    }),
    namespace,
    create: (name) =>
      apply({ apiVersion, kind: 'Reservation', metadata: { name }, spec: { items: [{ stock: 'lamp', quantity: 2 }] } }),
    confirm: (name) => patch('rsv', name, { state: 'Confirmed' }),
    delete: (name) => run('delete', 'rsv', name),
  }))

  const spools = () =>
    kubernetesEventSpools({ client: resourceClient<EventSpool>(client, eventSpoolsResource), namespace })
  eventSpoolsContract('EventSpool objects', spools)

  for (const [who, events] of [
    ['etcd', 40],
    ['the API server', 90],
  ] as const) {
    it(`says of a spool that it is too large for ${who}`, async () => {
      const large = spoolEvents(1, events, 'x'.repeat(50_000))
      await assert.rejects(spools().create('contract-large', large), SpoolTooLarge)
      assert.ok(!(await spools().list()).some(({ stockUid }) => stockUid === 'contract-large'))
    })
  }

  it('finds a spool whose marks somebody has taken off', async () => {
    const ref = await spools().create('contract-bare', spoolEvents(3, 5))
    const marks = ['stock-uid', 'last-sequence', 'bytes'].map((mark) => `kbnt.io/${mark}-`)
    await run('annotate', 'eventspool', ref.name, ...marks)
    const listed = (await spools().list()).find(({ name }) => name === ref.name)
    assert.deepEqual([listed?.stockUid, listed?.lastSequence, listed?.count], ['contract-bare', 5, 3])
    assert.ok((listed?.bytes ?? 0) > 300)
    await spools().remove(ref)
  })
})
