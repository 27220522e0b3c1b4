import assert from 'node:assert/strict'
import type { VirtualStock } from '../../../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { stockFromResource } from '../../../../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'

const ledger = {
  ...{ format: 1, term: 1, writer: 'w', attempt: 3, sequence: 7, at: '2026-11-22T10:00:00.000Z' },
  pending: ['5 Note 2026-11-22T10:00:00.000Z 1 0 4 5 Normal note=resumed'],
}
const status = { quantity: 5, reserved: 1, confirmed: 0, available: 4, level: 'Normal', ledger, conditions: [] }
const spec = {
  ...{ quantity: 5, reclaimPolicy: 'Consume', safetyStock: 0, unit: 'piece', paused: false, allowedNamespaces: [] },
  hold: { ttl: '15m', maxTTL: '24h' },
  waitlist: { order: 'Strict', maxLength: 1_000, maxWait: '168h', maxPriority: 1_000 },
}
const uid = 'uid-piano'
const metadata = {
  ...{ namespace: 'shop', name: 'piano', uid, resourceVersion: '8', generation: 2 },
  annotations: { 'kbnt.io/opened': uid, 'kbnt.io/formerly': 'uid-old' },
  finalizers: ['kbnt.io/stock-in-use'],
}

function aPiano(particular: { status?: object; spec?: object } = {}): VirtualStock {
  return { metadata, spec, status, ...particular } as unknown as VirtualStock
}

const withLedger = (particular: object) => aPiano({ status: { ...status, ledger: { ...ledger, ...particular } } })

describe('stockFromResource', () => {
  it('reads a status with its journal', () => {
    const stock = stockFromResource(aPiano())
    assert.equal(stock.unreadable, undefined)
    assert.deepEqual([stock.status?.reserved, stock.status?.ledger.pending[0]?.note], [1, 'resumed'])
  })

  it('takes a status without a journal and without conditions, as somebody may have restored it', () => {
    const { pending: _, ...head } = ledger
    const { conditions: __, ...rest } = status
    const stock = stockFromResource(aPiano({ status: { ...rest, ledger: head } }))
    assert.deepEqual([stock.status?.ledger.pending, stock.status?.conditions, stock.status?.reserved], [[], [], 1])
  })

  it('knows why it was changed, and goes on without that where it can’t be read', () => {
    const annotated = (text: string) =>
      stockFromResource({
        ...aPiano(),
        metadata: { ...metadata, annotations: { ...metadata.annotations, 'kbnt.io/change-reason-quantity': text } },
      } as VirtualStock)
    const statedChange = { quantity: 5, reason: 'delivery' }
    assert.deepEqual(annotated(JSON.stringify(statedChange)).terms.statedChanges, [statedChange])
    const { terms, unreadable } = annotated('{')
    assert.deepEqual(['statedChanges' in terms, unreadable], [false, undefined])
  })

  const nonsense: readonly (readonly [VirtualStock, RegExp])[] = [
    [withLedger({ at: undefined }), /^status\.ledger\.at is missing$/],
    [withLedger({ at: 'yesterday' }), /^status\.ledger\.at is not a time before the year 9000: "yesterday"$/],
    [withLedger({ at: '9999-12-31T23:59:59Z' }), /^status\.ledger\.at is not a time before the year 9000/],
    [withLedger({ term: -1 }), /^status\.ledger\.term is not a whole number, 0 or more: -1$/],
    [withLedger({ term: Number.MAX_SAFE_INTEGER }), /^status\.ledger\.term is \d+, which leaves nothing to count on/],
    [withLedger({ attempt: 1.5 }), /^status\.ledger\.attempt is not a whole number/],
    [withLedger({ writer: undefined }), /^status\.ledger\.writer is missing$/],
    [withLedger({ sequence: '7' }), /^status\.ledger\.sequence is not a whole number/],
    [withLedger({ sequence: Number.MAX_SAFE_INTEGER }), /^status\.ledger\.sequence is \d+, which leaves nothing/],
    [withLedger({ format: undefined }), /^status\.ledger\.format is missing$/],
    [withLedger({ format: 2 }), /^status\.ledger\.format is 2: a later version of the operator wrote it/],
    [withLedger({ pending: 'none' }), /^status\.ledger\.pending is not a list: "none"$/],
    [
      withLedger({ pending: ['7 Borrow 2026-11-22T10:00:00.000Z 1 0 4 5 Normal'] }),
      /^the journal has a line that can't be read: "7 Borrow .* is no journal entry that this version of the operator reads/,
    ],
    [
      withLedger({ pending: [...ledger.pending, ...ledger.pending] }),
      /^the journal has entry 5 after entry 5, and the latest of all is 7/,
    ],
    [
      withLedger({ pending: ['8 Note 2026-11-22T10:00:00.000Z 1 0 4 5 Normal note=resumed'] }),
      /^the journal has entry 8 after entry 0, and the latest of all is 7/,
    ],
    [aPiano({ status: { ...status, ledger: undefined } }), /^status\.ledger is missing$/],
    [aPiano({ status: { ...status, reserved: -3 } }), /^status\.reserved is not a whole number, 0 or more: -3$/],
    [aPiano({ status: { ...status, confirmed: undefined } }), /^status\.confirmed is missing$/],
    [aPiano({ status: { ...status, available: 1e300 } }), /^status\.available is not a whole number/],
    [aPiano({ status: { ...status, quantity: null } }), /^status\.quantity is missing$/],
    [aPiano({ status: { ...status, level: 'Low-ish' } }), /^status\.level is not one of Normal, Low.*: "Low-ish"$/],
    [
      aPiano({ spec: { ...spec, hold: { ttl: 'soon', maxTTL: '24h' } } }),
      /^spec\.hold\.ttl is not a time such as 90s, 15m or 1h30m: "soon"$/,
    ],
    [aPiano({ spec: {} }), /^spec\./],
    [
      aPiano({ spec: { ...spec, price: { amount: 'much', currency: 'EUR' } } }),
      /^spec\.price\.amount is not an amount/,
    ],
    [
      aPiano({ spec: { ...spec, quantity: -1 }, status: { ...status, reserved: -1 } }),
      /^spec\.quantity is not .*: -1; status\.reserved is not .*: -1$/,
    ],
  ]
  for (const [resource, why] of nonsense) {
    it(`marks what it can’t read, and knows whose it is: ${why.source.slice(1, 60)}`, () => {
      const stock = stockFromResource(resource)
      assert.match(stock.unreadable ?? '', why)
      assert.equal(stock.status, undefined)
      assert.deepEqual(
        [stock.namespace, stock.name, stock.uid, stock.position, stock.generation, stock.openedAs, stock.guarded],
        ['shop', 'piano', uid, '8', 2, uid, true],
      )
      assert.deepEqual(stock.formerUids, ['uid-old'])
    })
  }

  it('knows the terms of a stock whose status alone can’t be read', () => {
    assert.equal(stockFromResource(withLedger({ at: undefined })).terms.quantity, 5)
  })

  it('hands nothing out of a stock whose terms can’t be read', () => {
    assert.equal(stockFromResource(aPiano({ spec: { ...spec, safetyStock: 'some' } })).terms.quantity, 0)
  })
})
