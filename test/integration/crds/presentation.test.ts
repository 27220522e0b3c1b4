import assert from 'node:assert/strict'
import { type CrdCluster, crdCluster } from './crd-cluster.ts'
import { type CrdObjects, crdObjects, kinds } from './crd-objects.ts'

/** Every field of an OpenAPI schema that says nothing of itself. */
function undescribed(schema: Property, path: string): string[] {
  const children = Object.entries(schema.properties ?? {}).map(([name, child]) => [`${path}.${name}`, child] as const)
  const below = children.flatMap(([name, child]) => (name.endsWith('.metadata') ? [] : undescribed(child, name)))
  const inItems = schema.items
    ? undescribed({ ...schema.items, description: schema.items.description ?? 'an item' }, `${path}[]`)
    : []
  return [...(schema.description ? [] : [path]), ...below, ...inItems]
}

interface Property {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Property>>
  readonly items?: Property
}

const rows = (table: string) =>
  table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/))

describe('What kubectl shows of our kinds', () => {
  let cluster: CrdCluster
  let objects: CrdObjects

  before(async function () {
    this.timeout(60_000)
    cluster = await crdCluster()
    objects = await crdObjects(cluster, 'crd-presentation')
    await objects.create('VirtualStock', 'grinder', {
      product: 'PROD-002',
      quantity: 5,
      price: { amount: '89.90', currency: 'EUR' },
    })
    await objects.create('VirtualStock', 'kettle', { quantity: 50 })
    await objects.patch('VirtualStock', 'grinder', { status: grinderStatus })
    await objects.create('Reservation', 'order-1', { consumer: 'ana', items: [{ stock: 'grinder', quantity: 2 }] })
    await objects.create('Reservation', 'order-2', { consumer: 'bob', items: [{ stock: 'grinder', quantity: 1 }] })
    await objects.patch('Reservation', 'order-1', { status: heldStatus })
    await objects.patch('Reservation', 'order-2', {
      status: { phase: 'Rejected', reason: 'InsufficientStock', stock: 'grinder' },
    })
    await objects.create('VirtualMachine', 'web-1', {
      ...{ cpu: 2, memory: '4Gi', disk: '40Gi', pool: 'us-east-1', owner: 'ana' },
    })
    await objects.create('VirtualMachine', 'new', { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'eu-1' })
    await objects.patch('VirtualMachine', 'web-1', { status: runningStatus })
  })
  after(async () => cluster?.stop())

  it('has a description for every field', async () => {
    const openApi = JSON.parse(await objects.done(['get', '--raw', '/openapi/v3/apis/kbnt.io/v1beta1']))
    for (const kind of kinds) {
      const schema: Property = openApi.components.schemas[`io.kbnt.v1beta1.${kind}`]
      assert.deepEqual(undescribed(schema, kind), [])
    }
  })

  it('explains a field in words', async () => {
    const text = await objects.done(['explain', 'reservation.spec.waitFor'])
    assert.match(text, /FIELD: waitFor <string>/)
    assert.match(text.replaceAll(/\s+/g, ' '), /How long it may wait in line when units are short/)
  })

  it('explains a field of a machine under its short name too', async () => {
    const text = await objects.done(['explain', 'vmach.spec.runStrategy'])
    assert.match(text.replaceAll(/\s+/g, ' '), /KIND: VirtualMachine .* Halted: stopped; it keeps its capacity/)
  })

  it('shows a stock in one line', async () => {
    const [head, grinder] = rows(await objects.done(['get', 'vstk', 'grinder']))
    assert.deepEqual(head, [
      'NAME',
      'QUANTITY',
      'AVAILABLE',
      'RESERVED',
      'CONFIRMED',
      'WAITING',
      'USED%',
      'LEVEL',
      'READY',
      'AGE',
    ])
    assert.deepEqual(grinder?.slice(0, -1), ['grinder', '5', '2', '2', '1', '0', '60', 'Low', 'True'])
  })

  it('shows product, unit, price, value and operator of a stock when asked for more', async () => {
    const [head, grinder] = rows(await objects.done(['get', 'vstk', 'grinder', '-o', 'wide']))
    assert.deepEqual(head?.slice(-6), ['PRODUCT', 'UNIT', 'PRICE', 'VALUE', 'SERVED-BY', 'LEDGER'])
    assert.deepEqual(grinder?.slice(-6), [
      'PROD-002',
      'piece',
      '89.90',
      '449.50',
      'kbnt-system/kbnt-operator',
      'Cluster',
    ])
  })

  it('shows a reservation in one line, times to come included', async () => {
    const [head, order] = rows(await objects.done(['get', 'rsv', 'order-1']))
    assert.deepEqual(head, ['NAME', 'ITEMS', 'CONSUMER', 'PHASE', 'REASON', 'EXPIRES', 'AGE'])
    assert.deepEqual(order?.slice(0, -1), [
      'order-1',
      'grinder×2',
      'ana',
      'Reserved',
      'Reserved',
      '2126-11-22T10:15:40Z',
    ])
  })

  it('shows priority, price and message of a reservation when asked for more', async () => {
    const [head, order] = rows(await objects.done(['get', 'rsv', 'order-1', '-o', 'wide']))
    assert.deepEqual(head?.slice(-3), ['PRIORITY', 'PRICE', 'MESSAGE'])
    assert.deepEqual(order?.slice(-3), ['0', '179.80', '2 of grinder held until 10:15:40Z'])
  })

  it('shows a machine in one line, also before the operator has seen it', async () => {
    const [head, fresh, web] = rows(await objects.done(['get', 'vmach']))
    assert.deepEqual(head, ['NAME', 'PHASE', 'CPU', 'MEMORY', 'DISK', 'ADDRESS', 'READY', 'AGE'])
    assert.deepEqual(fresh?.slice(0, -1), ['new', '1', '1Gi', '1Gi'])
    assert.deepEqual(web?.slice(0, -1), ['web-1', 'Running', '2', '4Gi', '40Gi', '10.10.1.45', 'True'])
  })

  it('shows id, pool, provider, owner, cost, reason and message of a machine when asked for more', async () => {
    const [head, web] = rows(await objects.done(['get', 'vmach', 'web-1', '-o', 'wide']))
    assert.deepEqual(head?.slice(-7), ['ID', 'POOL', 'PROVIDER', 'OWNER', 'COST/H', 'REASON', 'MESSAGE'])
    assert.deepEqual(web?.slice(-7), [
      ...['VM-0909A693', 'us-east-1', 'Simulated', 'ana', '0.032', 'Running', 'running at 10.10.1.45'],
    ])
  })

  const selections: readonly [string, string, readonly string[]][] = [
    ['vstk', 'spec.product=PROD-002', ['virtualstock.kbnt.io/grinder']],
    ['vstk', 'status.level=Low', ['virtualstock.kbnt.io/grinder']],
    ['rsv', 'spec.consumer=ana,status.phase=Reserved', ['reservation.kbnt.io/order-1']],
    ['rsv', 'status.phase=Rejected', ['reservation.kbnt.io/order-2']],
    ['rsv', 'status.stock=grinder', ['reservation.kbnt.io/order-1', 'reservation.kbnt.io/order-2']],
    ['rsv', 'status.phase=Expired', []],
    ['vmach', 'spec.owner=ana,status.phase=Running', ['virtualmachine.kbnt.io/web-1']],
    ['vmach', 'spec.pool=eu-1', ['virtualmachine.kbnt.io/new']],
  ]
  for (const [kind, selector, want] of selections) {
    it(`selects ${kind} by ${selector}`, async () => {
      const names = await objects.done(['get', kind, '--field-selector', selector, '-o', 'name'])
      assert.deepEqual(names.split('\n').filter(Boolean), want)
    })
  }

  it('waits for a phase', async () => {
    await objects.done(['wait', 'rsv/order-1', '--for=jsonpath={.status.phase}=Reserved', '--timeout=5s'])
  })

  it('lists all kinds by their category', async () => {
    const names = await objects.done(['get', 'kbnt', '-o', 'name'])
    assert.equal(names.split('\n').filter(Boolean).length, 6)
  })

  const anywhere = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cluster.kubectl(args)
    assert.equal(code, 0, stderr)
    return stdout
  }

  for (const [folder, generation] of [
    ...(['shop', 'capacity', 'tickets', 'machines', 'storages', 'networks', 'requests', 'orders'] as const).map(
      (name) => [name, 1] as const,
    ),
    ['shop/later', 2] as const,
  ]) {
    it(`takes the samples of ${folder}, and a second time changes nothing`, async () => {
      const path = `config/samples/${folder}`
      await anywhere('apply', '-f', path)
      await anywhere('apply', '-f', path)
      const columns = 'custom-columns=A:.apiVersion,G:.metadata.generation'
      const generations = await anywhere('get', '-f', path, '--no-headers', '-o', columns)
      const ours = rows(generations).filter(([apiVersion]) => apiVersion === 'kbnt.io/v1beta1')
      assert.ok(ours.length > 0)
      assert.deepEqual([...new Set(ours.map((row) => row[1]))], [`${generation}`])
    })
  }

  const expectedEnds = async (kind: string, namespace: string) => {
    const expected = 'custom-columns=E:.metadata.annotations.kbnt\\.io/sample-expects'
    return rows(await anywhere('get', kind, '-n', namespace, '--no-headers', '-o', expected)).map(([end]) => end)
  }

  it('has an expected end for every reservation of the samples', async () => {
    const all = [...(await expectedEnds('rsv', 'shop')), ...(await expectedEnds('rsv', 'team-blue'))]
    assert.equal(all.length, 14)
    for (const end of all) assert.match(end ?? '', /^(Reserved|Waiting|Expired|Confirmed|Rejected\/[A-Z]\w+)$/)
  })

  it('has among the samples two machines that run, one that waits and one that never fits', async () => {
    const all = await expectedEnds('vmach', 'machines')
    assert.deepEqual(all.sort(), ['Failed/NeverFits', 'Reserving/WaitingForCapacity', 'Running', 'Running'])
  })
})

const grinderStatus = {
  quantity: 5,
  reserved: 2,
  confirmed: 1,
  available: 2,
  waiting: 0,
  utilizationPercent: 60,
  level: 'Low',
  totalValue: { amount: '449.50', currency: 'EUR' },
  servedBy: 'kbnt-system/kbnt-operator',
  ledger: { format: 1, term: 1, writer: 'w', attempt: 3, sequence: 3, at: '2026-11-22T10:00:00Z', pending: [] },
  conditions: [
    { type: 'Ready', status: 'True', reason: 'Open', message: '', lastTransitionTime: '2026-11-22T10:00:00Z' },
  ],
}

const heldStatus = {
  phase: 'Reserved',
  reason: 'Reserved',
  message: '2 of grinder held until 10:15:40Z',
  summary: 'grinder×2',
  stock: 'grinder',
  sequence: 3,
  items: [{ stockNamespace: 'shop', stock: 'grinder', stockUID: 'uid-grinder', quantity: 2, sequence: 3 }],
  totalPrice: [{ amount: '179.80', currency: 'EUR' }],
  reservedAt: '2126-11-22T10:00:40Z',
  expiresAt: '2126-11-22T10:15:40Z',
}

const runningStatus = {
  ...{ observedGeneration: 1, phase: 'Running', reason: 'Running', message: 'running at 10.10.1.45' },
  ...{ machineId: 'VM-0909A693', provider: 'Simulated', steps: 0, published: 0, history: [] },
  ...{ endpoints: [{ name: 'ssh', address: '10.10.1.45', port: 22 }], cost: [{ hourly: '0.032', currency: 'USD' }] },
  conditions: [
    { type: 'Ready', status: 'True', reason: 'Running', message: '', lastTransitionTime: '2026-11-22T10:00:00Z' },
  ],
}
