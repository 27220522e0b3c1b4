import assert from 'node:assert/strict'
import { ApiError } from '../../../operator/infrastructure/kubernetes/api-error.ts'
import { type KubernetesClient, kubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../../operator/infrastructure/kubernetes/kube-config.ts'
import type { KubernetesObject } from '../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { networkFabricsResource } from '../../../operator/infrastructure/kubernetes/networks/network-fabrics.ts'
import { type ResourceClient, resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import { eventSpoolsResource } from '../../../operator/infrastructure/kubernetes/resources/event-spools.ts'
import { reservationsResource } from '../../../operator/infrastructure/kubernetes/resources/reservations.ts'
import { virtualMachines } from '../../../operator/infrastructure/kubernetes/resources/virtual-machines.ts'
import { virtualNetworks } from '../../../operator/infrastructure/kubernetes/resources/virtual-networks.ts'
import { virtualStocks } from '../../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'
import { virtualStorages } from '../../../operator/infrastructure/kubernetes/resources/virtual-storages.ts'
import { virtualizationRequests } from '../../../operator/infrastructure/kubernetes/resources/virtualization-requests.ts'
import { createPool } from '../../fixtures/machines.ts'
import { type Nonsense, type NonsenseKind, nonsense } from '../../fixtures/nonsense.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { createRequest, small, untilRequest } from '../../fixtures/requests.ts'
import { testbed } from '../../fixtures/testbed.ts'

/** Another one at each run; that of a run is repeated with KBNT_NONSENSE_SEED. */
const seed = Number(process.env['KBNT_NONSENSE_SEED'] ?? Date.now() % 1_000_000)
const namespace = 'nonsense'
const EACH = 25
const kinds: readonly NonsenseKind[] = [
  'VirtualStock',
  'Reservation',
  'VirtualMachine',
  'VirtualStorage',
  'VirtualNetwork',
  'VirtualizationRequest',
  'EventSpool',
  'NetworkFabric',
]
const resources = {
  VirtualStock: virtualStocks,
  Reservation: reservationsResource,
  VirtualMachine: virtualMachines,
  VirtualStorage: virtualStorages,
  VirtualNetwork: virtualNetworks,
  VirtualizationRequest: virtualizationRequests,
  EventSpool: eventSpoolsResource,
  NetworkFabric: networkFabricsResource,
} as const

describe(`objects full of nonsense that the schemas let through (seed ${seed})`, () => {
  let shop: ObservedNamespaces
  let client: KubernetesClient
  let operator: OperatorProcess
  let pid: number | undefined

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath } = testbed()
    client = kubernetesClient({ kubeConfig: readKubeConfig(kubeconfigPath), userAgent: 'nonsense' })
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    const settings = { machines: { provider: 'Simulated' } }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], settings })
    await shop.createStock('healthy', { quantity: 1_000 })
    await createPool(shop, namespace, 'sound', { cpu: 8, memory: 8, disk: 8 })
    await scatter('before', seed)
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
    await client?.close()
  })

  /** Writes objects of each kind: of more than are needed those that the rules of the schemas let through. */
  async function scatter(wave: string, waveSeed: number, told: readonly NonsenseKind[] = kinds): Promise<void> {
    const uids: string[] = ['uid-of-nobody']
    const stocks = Array.from({ length: EACH }, (_, index) => `${wave}-${index}`)
    for (const kind of kinds) {
      const candidates = nonsense({ kind, seed: waveSeed, count: EACH * 8, stocks, uids })
      const statuses: object[] = candidates.flatMap(({ status }) => (status ? [status] : []))
      for (const name of stocks) {
        const created = await storeFirst(kind, name, candidates)
        if (kind === 'VirtualStock') uids.push(created.metadata.uid ?? '')
        if (told.includes(kind)) await tellFirst(kind, created, statuses)
      }
    }
    await countStored(wave, told)
  }

  async function tellFirst(kind: NonsenseKind, created: KubernetesObject, statuses: object[]): Promise<void> {
    for (let tries = 0; tries < 8; tries += 1) {
      const status = statuses.pop()
      if (!status || (await tell(kind, created, status))) return
    }
  }

  async function countStored(wave: string, toldKinds: readonly NonsenseKind[]): Promise<void> {
    for (const kind of kinds) {
      const { items } = await clientOf(kind).list({ namespace })
      const mine = items.filter(({ metadata: { name = '' } }) => name.startsWith(wave))
      assert.equal(mine.length, EACH, kind)
      const told = mine.filter((object) => 'status' in object).length
      const wanted = !['EventSpool', 'NetworkFabric'].includes(kind) && toldKinds.includes(kind)
      assert.ok(!wanted || told > EACH / 3, `${kind}: only ${told} of ${EACH} have a status`)
    }
  }

  async function storeFirst(kind: NonsenseKind, name: string, candidates: Nonsense[]): Promise<KubernetesObject> {
    for (let object = candidates.shift(); object !== undefined; object = candidates.shift()) {
      const created = await store(kind, name, object)
      if (created) return created
    }
    throw new Error(`${kind}: the schema lets hardly any nonsense through; make more of it`)
  }

  const clientOf = (kind: NonsenseKind): ResourceClient<KubernetesObject> => resourceClient(client, resources[kind])

  /** Undefined where a rule refused it. */
  async function store(kind: NonsenseKind, name: string, object: Nonsense): Promise<KubernetesObject | undefined> {
    const { spec, annotations, finalizers } = object
    const metadata = { namespace, name, annotations, finalizers }
    const whole = { apiVersion: 'kbnt.io/v1beta1', kind, metadata, spec }
    return unlessRefused(() => clientOf(kind).create(whole as KubernetesObject))
  }

  async function tell(kind: NonsenseKind, created: KubernetesObject, status: object): Promise<boolean> {
    const { uid, name = '' } = created.metadata
    for (;;) {
      // the operator may have written meanwhile
      const { metadata } = (await clientOf(kind).get(namespace, name)).body
      const whole = { apiVersion: 'kbnt.io/v1beta1', kind, metadata, status } as unknown as KubernetesObject
      try {
        return metadata.uid === uid && (await unlessRefused(() => clientOf(kind).replaceStatus(whole))) !== undefined
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 409)) throw error
      }
    }
  }

  /** A round of what a shop does all day. */
  async function serves(round: string): Promise<void> {
    await shop.reserve(`${round}-sold`, { healthy: 2 })
    await shop.untilPhase(`${round}-sold`, 'Reserved')
    await shop.patchReservation(`${round}-sold`, { state: 'Confirmed' })
    await shop.untilPhase(`${round}-sold`, 'Confirmed')
    await shop.reserve(`${round}-short`, { healthy: 3 }, { ttl: '1s' })
    await shop.untilPhase(`${round}-short`, 'Expired')
    await shop.reserve(`${round}-released`, { healthy: 1 })
    await shop.untilPhase(`${round}-released`, 'Reserved')
    await shop.patchReservation(`${round}-released`, { state: 'Released' })
    await shop.untilPhase(`${round}-released`, 'Released')
    await createRequest(shop, { namespace, name: `${round}-asked` }, { specification: { ...small, pool: 'sound' } })
    await untilRequest(shop, `${namespace}/${round}-asked`, ['Completed'])
  }

  it('are taken over beside a healthy stock, which is served', async function () {
    this.timeout(60_000)
    await operator.start()
    pid = operator.pid()
    await serves('first')
  })

  it('may come while it leads', async function () {
    this.timeout(60_000)
    await scatter('while', seed + 1, ['VirtualMachine', 'VirtualStorage', 'VirtualNetwork', 'VirtualizationRequest']) // books that somebody else writes while it leads do end it
    await serves('second')
  })

  it('may be deleted while it leads', async function () {
    this.timeout(60_000)
    for (const kind of kinds) {
      for (const name of ['before-1', 'while-2', 'before-3'])
        await clientOf(kind)
          .delete(namespace, name)
          .catch(() => undefined)
    }
    await serves('third')
  })

  it('are taken over by the next one too', async function () {
    this.timeout(60_000)
    assert.equal(operator.pid(), pid, 'it goes on as the process that was started')
    await operator.stop()
    await scatter('after', seed + 2)
    await operator.start()
    pid = operator.pid()
    await serves('fourth')
  })

  it('have cost the healthy stock nothing, and end no process', async () => {
    assert.equal(operator.pid(), pid)
    const ends = operator.logs().filter(({ level }) => level === 'error' && level !== undefined)
    assert.deepEqual(
      ends.filter(({ message }) => message.startsWith("can't go on")),
      [],
    )
    const { body } = await shop.clients.stocks.get(namespace, 'healthy')
    assert.deepEqual([body.status?.confirmed, body.status?.reserved], [8, 0])
    const ready = body.status?.conditions?.find(({ type }) => type === 'Ready')
    assert.equal(ready?.status, 'True')
  })
})

async function unlessRefused<T>(write: () => Promise<{ body: T }>): Promise<T | undefined> {
  try {
    return (await write()).body
  } catch (error) {
    if (error instanceof ApiError && (error.status === 422 || error.status === 400)) return undefined
    throw error
  }
}
