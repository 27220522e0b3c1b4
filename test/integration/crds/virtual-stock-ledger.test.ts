import assert from 'node:assert/strict'
import { type CrdCluster, crdCluster } from './crd-cluster.ts'
import { anObject, type CrdObjects, crdObjects, sentencesOf } from './crd-objects.ts'

const fixed = "spec.ledger: Forbidden: ledger can't be changed; create another stock"
const otherKind =
  'status.ledger: Forbidden: status.ledger.kind must be spec.ledger.kind; ' +
  'who writes the books of a stock has to know where they are'

describe('spec.ledger of a VirtualStock on a real API server', () => {
  let cluster: CrdCluster
  let objects: CrdObjects

  before(async function () {
    this.timeout(60_000)
    cluster = await crdCluster()
    objects = await crdObjects(cluster, 'crd-virtual-stock-ledger')
  })
  after(async () => cluster?.stop())

  const stock = async (name: string, ledger?: object): Promise<string> => {
    await objects.create('VirtualStock', name, { quantity: 20, ...(ledger && { ledger }) })
    return name
  }
  const books = (reserved: number, kind?: string) => ({
    ...{ quantity: 20, reserved, confirmed: 0, available: 0, level: 'Normal' },
    ledger: {
      ...{ format: 1, term: 1, writer: 'b4c0', attempt: 12, at: '2026-11-22T10:00:00.123Z', sequence: 1, pending: [] },
      ...(kind && { kind }),
    },
  })
  const replaced = async (name: string, spec: object): Promise<string[]> =>
    sentencesOf(await objects.refusal(['replace', '-f', '-'], anObject('VirtualStock', name, spec)))

  it('is the cluster unless it is given', async () => {
    const name = await stock('plain')
    assert.deepEqual((await objects.get('VirtualStock', name)).spec.ledger, { kind: 'Cluster' })
  })

  it('can name another kind and its database only at the creation', async () => {
    const rows = await stock('rows', { kind: 'Postgres', database: 'sales' })
    assert.deepEqual((await objects.get('VirtualStock', rows)).spec.ledger, { kind: 'Postgres', database: 'sales' })
    const changes: object[] = [{ database: 'other' }, { database: null }, { kind: 'Cluster', database: null }]
    for (const ledger of changes)
      assert.deepEqual(await objects.refusedPatch('VirtualStock', rows, { spec: { ledger } }), [fixed])
    assert.deepEqual(await objects.refusedPatch('VirtualStock', rows, { spec: { ledger: null } }), [fixed])
    const cluster = await stock('objects')
    const moved = { spec: { ledger: { kind: 'Postgres' } } }
    assert.deepEqual(await objects.refusedPatch('VirtualStock', cluster, moved), [fixed])
  })

  it('means the same database by its name and by the default', async () => {
    const name = await stock('by-default', { kind: 'Postgres' })
    await objects.patch('VirtualStock', name, { spec: { ledger: { database: 'default' } } })
    await objects.patch('VirtualStock', name, { spec: { ledger: { database: null }, quantity: 21 } })
    assert.deepEqual((await objects.get('VirtualStock', name)).spec.ledger, { kind: 'Postgres' })
  })

  it('may be left out of a replace of a stock in the cluster, and of no other', async () => {
    const cluster = await stock('put-cluster')
    await objects.done(['replace', '-f', '-'], anObject('VirtualStock', cluster, { quantity: 21 }))
    assert.equal((await objects.get('VirtualStock', cluster)).spec.quantity, 21)
    const rows = await stock('put-rows', { kind: 'Postgres' })
    assert.deepEqual(await replaced(rows, { quantity: 21 }), [fixed])
  })

  for (const [what, ledger, sentence] of [
    [
      'a database of the cluster',
      { database: 'sales' },
      'spec.ledger.database: Invalid value: only a ledger of kind Postgres has a database; add kind or leave database out',
    ],
    [
      'a kind that there is not',
      { kind: 'MySQL' },
      'spec.ledger.kind: Unsupported value: "MySQL": supported values: "Cluster", "Postgres"',
    ],
    [
      'a database that no setting can name',
      { kind: 'Postgres', database: 'Sales_1' },
      'spec.ledger.database: Invalid value: "Sales_1": write the name of a database in small letters, digits and dashes',
    ],
  ] as const)
    it(`refuses ${what} with one sentence`, async () => {
      assert.deepEqual(await objects.refusedCreate('VirtualStock', { quantity: 1, ledger }), [sentence])
    })

  it('has to be what the status says of it', async () => {
    const rows = await stock('mirrored', { kind: 'Postgres' })
    for (const kind of [undefined, 'Cluster'])
      assert.deepEqual(await objects.refusedPatch('VirtualStock', rows, { status: books(1, kind) }), [otherKind])
    await objects.patch('VirtualStock', rows, { status: books(1, 'Postgres') })
    const cluster = await stock('kept-here')
    assert.deepEqual(await objects.refusedPatch('VirtualStock', cluster, { status: books(1, 'Postgres') }), [otherKind])
    await objects.patch('VirtualStock', cluster, { status: books(1) })
    await objects.patch('VirtualStock', cluster, { status: books(2, 'Cluster') })
  })

  it('says who guards against overselling: here the API server, of rows their database', async () => {
    const cluster = await stock('guarded')
    const [refusal] = await objects.refusedPatch('VirtualStock', cluster, { status: books(21) })
    assert.match(refusal ?? '', /^status: Forbidden: more units would be out than exist/)
    const rows = await stock('shrunk', { kind: 'Postgres' })
    await objects.patch('VirtualStock', rows, { spec: { quantity: 5 } })
    await objects.patch('VirtualStock', rows, { status: books(18, 'Postgres') }) // a mirror may come after a shrink
    assert.equal((await objects.get('VirtualStock', rows)).status.reserved, 18)
  })
})
