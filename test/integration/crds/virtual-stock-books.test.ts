import assert from 'node:assert/strict'
import { entryText } from '../../../operator/infrastructure/kubernetes/resources/entry-text.ts'
import { type CrdCluster, crdCluster } from './crd-cluster.ts'
import { anObject, type CrdObjects, crdObjects, sentencesOf } from './crd-objects.ts'

const guard =
  'status: Forbidden: more units would be out than exist (reserved + confirmed + safetyStock is above quantity); ' +
  'hand out fewer or raise spec.quantity'

describe('The books in a VirtualStock on a real API server', () => {
  let cluster: CrdCluster
  let objects: CrdObjects

  before(async function () {
    this.timeout(60_000)
    cluster = await crdCluster()
    objects = await crdObjects(cluster, 'crd-virtual-stock-books')
  })
  after(async () => cluster?.stop())

  const stock = async (name: string, spec: object, status?: object): Promise<string> => {
    await objects.create('VirtualStock', name, spec)
    if (status) await objects.patch('VirtualStock', name, { status })
    return name
  }
  const books = (reserved: number, confirmed: number, sequence = 1, term = 1) => ({
    quantity: 20,
    reserved,
    confirmed,
    available: 0,
    level: 'Normal',
    ledger: { ...aLedger, pending: [], term, sequence },
  })

  it('are guarded in the first status already', async () => {
    const name = await stock('first', { quantity: 20, safetyStock: 2 })
    assert.deepEqual(await objects.refusedPatch('VirtualStock', name, { status: books(19, 0) }), [guard])
    await objects.patch('VirtualStock', name, { status: books(10, 8) })
  })

  it('are guarded against growth beyond the quantity, by one unit', async () => {
    const name = await stock('growth', { quantity: 20 }, books(15, 5))
    assert.deepEqual(await objects.refusedPatch('VirtualStock', name, { status: books(16, 5, 2) }), [guard])
    await objects.patch('VirtualStock', name, { status: books(14, 6, 2) })
  })

  it('only go down in a stock that was shrunk below what is out', async () => {
    const name = await stock('shrunk', { quantity: 20 }, books(10, 5))
    await objects.patch('VirtualStock', name, { spec: { quantity: 3 } })
    assert.deepEqual(await objects.refusedPatch('VirtualStock', name, { status: books(11, 5, 2) }), [guard])
    await objects.patch('VirtualStock', name, { status: books(9, 6, 2) })
    await objects.patch('VirtualStock', name, { status: books(8, 6, 3) })
    assert.deepEqual(await objects.refusedPatch('VirtualStock', name, { status: books(9, 6, 4) }), [guard])
    await objects.patch('VirtualStock', name, { spec: { quantity: 15 } })
    await objects.patch('VirtualStock', name, { status: books(9, 6, 4) })
  })

  it('are guarded against their removal', async () => {
    const name = await stock('kept', { quantity: 20 }, books(1, 0))
    const sentence = "status holds the books of this stock and can't be removed; leave it as it is"
    assert.deepEqual(await objects.refusedPatch('VirtualStock', name, { status: null }), [
      `status: Forbidden: ${sentence}`,
    ])
    assert.deepEqual(await objects.refusedPatch('VirtualStock', name, { status: { ledger: null } }), [
      'status.ledger: Required value',
    ])
    const emptied = { ...anObject('VirtualStock', name, { quantity: 20 }), status: {} }
    const answer = await objects.refusal(['replace', '--subresource=status', '-f', '-'], emptied)
    assert.deepEqual(
      sentencesOf(answer),
      ['quantity', 'reserved', 'confirmed', 'available', 'level', 'ledger'].map(
        (field) => `status.${field}: Required value`,
      ),
    )
  })

  it('say all that a leader goes on from', async () => {
    const name = await stock('whole-head', { quantity: 20 })
    const { ledger } = books(1, 0)
    for (const field of Object.keys(ledger)) {
      const { [field]: _, ...head } = ledger as Record<string, unknown>
      assert.deepEqual(await objects.refusedPatch('VirtualStock', name, { status: { ...books(1, 0), ledger: head } }), [
        `status.ledger.${field}: Required value`,
      ])
    }
    await objects.patch('VirtualStock', name, { status: books(1, 0) })
  })

  it('are left alone by a replace of the whole object', async () => {
    const name = await stock('whole', { quantity: 20 }, books(7, 2))
    await objects.done(['replace', '-f', '-'], {
      ...anObject('VirtualStock', name, { quantity: 21 }),
      status: books(0, 0),
    })
    const { spec, status } = await objects.get('VirtualStock', name)
    assert.equal(spec.quantity, 21)
    assert.deepEqual(status, books(7, 2))
  })

  it('are guarded against a sequence or a term that falls', async () => {
    const name = await stock('back', { quantity: 20 }, books(1, 0, 9, 3))
    assert.deepEqual(await objects.refusedPatch('VirtualStock', name, { status: { ledger: { sequence: 8 } } }), [
      'status.ledger.sequence: Forbidden: ' + "sequence never falls; entries that are decided can't be taken back",
    ])
    assert.deepEqual(await objects.refusedPatch('VirtualStock', name, { status: { ledger: { term: 2 } } }), [
      'status.ledger.term: Forbidden: ' + 'term never falls; somebody newer has written these books, read them again',
    ])
  })

  it('take a full journal with every field of an entry', async () => {
    const name = await stock('journal', { quantity: 1000 })
    const pending = Array.from({ length: 256 }, (_, i) => anEntry(i + 1))
    const status = { ...books(256, 0, 256), ledger: { ...aLedger, sequence: 256, pending } }
    await objects.done(['replace', '--subresource=status', '-f', '-'], {
      ...anObject('VirtualStock', name, { quantity: 1000 }),
      status,
    })
    assert.deepEqual((await objects.get('VirtualStock', name)).status, status)
  })

  it('refuse an entry that is none', async () => {
    const name = await stock('scribbled', { quantity: 1000 })
    const answer = await objects.refusedPatch('VirtualStock', name, {
      status: { ...books(1, 0), ledger: { ...aLedger, sequence: 1, pending: ['Reserve 1'] } },
    })
    assert.match(answer.join(), /^status\.ledger\.pending\[0\]: Invalid value: "Reserve 1": .*should match/)
  })

  it('refuse a journal of 257 entries', async () => {
    const name = await stock('overfull', { quantity: 1000 })
    const pending = Array.from({ length: 257 }, (_, i) => anEntry(i + 1))
    const status = { ...books(257, 0, 257), ledger: { ...aLedger, sequence: 257, pending } }
    const object = { ...anObject('VirtualStock', name, { quantity: 1000 }), status }
    const answer = await objects.refusal(['replace', '--subresource=status', '-f', '-'], object)
    assert.deepEqual(sentencesOf(answer), ['status.ledger.pending: Too many: 257: must have at most 256 items'])
  })
})

const aLedger = { format: 1, term: 1, writer: 'b4c0', attempt: 12, at: '2026-11-22T10:00:00.123Z' }
const price = { amount: '349.00', currency: 'EUR' }

function anEntry(sequence: number): string {
  return entryText({
    sequence,
    verb: 'Reserve',
    at: '2026-11-22T10:00:00.123Z',
    reservation: `order-${sequence}`,
    reservationNamespace: 'shop',
    uid: '6f2c0a53-0f5a-4a8e-9a39-000000000000',
    quantity: 1,
    reason: 'InsufficientStock',
    note: 'level_changed',
    deadline: '2026-11-22T10:15:00.123Z',
    reserved: sequence,
    confirmed: 0,
    available: 1000 - sequence,
    level: 'Low',
    stockQuantity: 1000,
    unitPrice: price,
    shortages: [{ stockNamespace: 'shop', stock: 'grinder', missing: 3 }],
    lines: [{ stockNamespace: 'shop', stock: 'grinder', stockUID: 'u', sequence: 0, quantity: 3, unitPrice: price }],
    follows: { uid: 'u', sequence: 0 },
  })
}
