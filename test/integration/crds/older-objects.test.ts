import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { type KubernetesClient, kubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../../operator/infrastructure/kubernetes/kube-config.ts'
import {
  type Resource,
  type ResourceClient,
  resourceClient,
} from '../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from '../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import {
  reservationFromResource,
  reservationsResource,
} from '../../../operator/infrastructure/kubernetes/resources/reservations.ts'
import {
  kubernetesStockLedger,
  virtualStocks,
} from '../../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'
import { type Testbed, testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'older-objects'
const apiVersion = 'kbnt.io/v1beta1'

interface LooseSchema {
  required?: string[]
  'x-kubernetes-validations'?: unknown[]
  properties?: Record<string, LooseSchema>
  items?: LooseSchema
}

describe('objects that were stored under a schema that asked for less', () => {
  let kubectl: Testbed['kubectl']
  let client: KubernetesClient
  let stocks: ResourceClient<VirtualStock>
  let reservations: ResourceClient<Reservation>

  before(async function () {
    this.timeout(60_000)
    const server = await testbed().ownApiServer()
    kubectl = testbed().kubectlOf(server)
    client = kubernetesClient({ kubeConfig: readKubeConfig(server.kubeconfigPath), userAgent: 'older-objects' })
    stocks = resourceClient(client, virtualStocks)
    reservations = resourceClient(client, reservationsResource)
    await kubectl(['create', 'namespace', namespace])
    await store()
  })
  after(() => client?.close())

  /** As an operator before this one might have left them, or somebody who edited a status. */
  async function store(): Promise<void> {
    const crds = await Promise.all([virtualStocks, reservationsResource].map(crdOf))
    for (const crd of crds) await replaceCrd(loosened(crd))
    const stock = await stocks.create(anObject('VirtualStock', 'timeless', { quantity: 5 }) as VirtualStock)
    const reservation = { items: [{ stock: 'timeless', quantity: 1 }], note: 'two\nlines' }
    await reservations.create(anObject('Reservation', 'endless', reservation) as Reservation)
    const ready = { type: 'EventsSpooled', status: 'False', reason: 'x', message: '', lastTransitionTime: at }
    await untilTaken(() =>
      stocks.mergePatchStatus(namespace, 'timeless', {
        status: { ...books, ledger: { term: 1, sequence: 2, writer: 'w', attempt: 1, format: 1 }, conditions: [ready] },
      }),
    )
    await untilTaken(() =>
      reservations.mergePatchStatus(namespace, 'endless', {
        status: { phase: 'Reserved', sequence: 2, items: [{ ...line, stockUID: stock.body.metadata.uid }] },
      }),
    )
    for (const crd of crds) await replaceCrd(crd)
    const judged = () => stocks.mergePatchStatus(namespace, 'timeless', { status: { ledger: { attempt: 2 } } })
    await until('new schema', 10_000, () =>
      judged().then(
        () => undefined,
        () => true,
      ),
    )
  }

  async function replaceCrd(crd: object): Promise<void> {
    const { code, stderr } = await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], crd)
    assert.equal(code, 0, stderr)
  }

  /** A schema is in force a moment after it is stored. */
  const untilTaken = (write: () => Promise<unknown>) =>
    until('schema that takes it', 10_000, () =>
      write().then(
        () => true,
        () => undefined,
      ),
    )

  const ledger = () =>
    kubernetesStockLedger({
      shares: { run: (_, work) => work() },
      client: stocks,
      namespaces: [namespace],
      serves: () => true,
      onServerDate: () => undefined,
    })

  it('lets a stock be read, listed and told apart, and says what it lacks', async () => {
    const [stock] = await ledger().list()
    assert.equal(stock?.unreadable, 'status.ledger.at is missing')
    assert.deepEqual(await ledger().read(namespace, 'timeless'), stock)
  })

  it('lets nobody write over books that can’t be read', async () => {
    const [stock] = await ledger().list()
    const { status } = await stocks.get(namespace, 'timeless').then(({ body }) => body)
    const result = await ledger().append(stock as NonNullable<typeof stock>, status as never)
    assert.deepEqual(result, { kind: 'refused', reason: 'status.ledger.at is missing', guard: false })
  })

  it('lets people go on with the spec and the metadata of a stock', async () => {
    await stocks.mergePatch(namespace, 'timeless', {
      metadata: { annotations: { seen: 'yes' } },
      spec: { quantity: 7 },
    })
    assert.equal((await ledger().read(namespace, 'timeless'))?.terms.quantity, 7)
  })

  it('lets the operator open the stock and say in a condition what is wrong, beside those that are there', async () => {
    const [found] = await ledger().list()
    const opened = await ledger().open(found as NonNullable<typeof found>)
    assert.equal(opened.kind, 'committed', JSON.stringify(opened))
    const stock = (opened as { stock: NonNullable<typeof found> }).stock
    const complaint = { reason: 'InternalError', message: 'status.ledger.at is missing' }
    const told = await ledger().complain(stock, complaint)
    assert.equal(told.kind, 'committed', JSON.stringify(told))
    const { body } = await stocks.get(namespace, 'timeless')
    const said = body.status?.conditions?.map(({ type, status, reason }) => [type, status, reason])
    assert.deepEqual(said, [
      ['Ready', 'False', 'InternalError'],
      ['EventsSpooled', 'False', 'x'],
    ])
    assert.deepEqual({ ...body.status?.ledger }, { term: 1, sequence: 2, writer: 'w', attempt: 1, format: 1 })
  })

  it('lets the stock be mended by hand', async () => {
    await stocks.mergePatchStatus(namespace, 'timeless', { status: { ledger: { at, pending: [] } } })
    const stock = await ledger().read(namespace, 'timeless')
    assert.deepEqual([stock?.unreadable, stock?.status?.reserved], [undefined, 1])
  })

  it('lets a reservation be confirmed and deleted by its client, and knows the stock that it names', async () => {
    const { body } = await reservations.mergePatch(namespace, 'endless', { spec: { state: 'Confirmed' } })
    const reservation = reservationFromResource(body)
    assert.equal(reservation.unreadable, 'status.reservedAt is missing')
    assert.equal(reservation.namedStockUids?.length, 1)
    await reservations.delete(namespace, 'endless')
  })
})

const at = '2026-11-22T10:00:00Z'
const books = { quantity: 5, reserved: 1, confirmed: 0, available: 4, level: 'Normal' }
const line = { stockNamespace: namespace, stock: 'timeless', quantity: 1, sequence: 2 }

function anObject(kind: string, name: string, spec: object): object {
  return { apiVersion, kind, metadata: { namespace, name }, spec }
}

interface LooseCrd {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: LooseSchema } }[] }
}

async function crdOf({ plural, group }: Resource): Promise<LooseCrd> {
  return parse(await readFile(join(projectDirectory, `crds/${plural}.${group}.yaml`), 'utf8')) as LooseCrd
}

/** The same without what a status must have. */
function loosened(crd: LooseCrd): LooseCrd {
  const copy = structuredClone(crd)
  const { properties: { status, spec } = {} } = copy.spec.versions[0]?.schema.openAPIV3Schema ?? {}
  assert.ok(status?.properties && spec?.properties)
  delete status['x-kubernetes-validations']
  delete spec.properties['note']?.['x-kubernetes-validations']
  const { ledger } = status.properties
  if (ledger) ledger.required = ['term', 'sequence']
  return copy
}
