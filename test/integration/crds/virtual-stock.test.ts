import assert from 'node:assert/strict'
import { type CrdCluster, crdCluster } from './crd-cluster.ts'
import { type CrdObjects, crdObjects } from './crd-objects.ts'

/** As the API server writes it. */
const goText = (text: string) => JSON.stringify(text).replace('\u0085', '\\u0085').replace('\\u0000', '\\x00')
const duration = 'give a time such as 90s, 15m or 1h30m, from 1s to 8760h'

describe('VirtualStock on a real API server', () => {
  let cluster: CrdCluster
  let objects: CrdObjects

  before(async function () {
    this.timeout(60_000)
    cluster = await crdCluster()
    objects = await crdObjects(cluster, 'crd-virtual-stock')
  })
  after(async () => cluster?.stop())

  it('fills in the defaults of every part', async () => {
    const { spec } = await objects.tryCreate('VirtualStock', { quantity: 5 })
    assert.deepEqual(spec, {
      quantity: 5,
      unit: 'piece',
      reclaimPolicy: 'Consume',
      ledger: { kind: 'Cluster' },
      safetyStock: 0,
      hold: { ttl: '15m', maxTTL: '24h' },
      waitlist: { order: 'Strict', maxLength: 1000, maxWait: '168h', maxPriority: 1000 },
      allowedNamespaces: [],
      paused: false,
    })
  })

  it('fills in the rest of a part that is given in part', async () => {
    const { spec } = await objects.tryCreate('VirtualStock', {
      quantity: 5,
      hold: { ttl: '1m' },
      waitlist: { order: 'BestEffort' },
    })
    assert.deepEqual(spec.hold, { ttl: '1m', maxTTL: '24h' })
    assert.deepEqual(spec.waitlist, { order: 'BestEffort', maxLength: 1000, maxWait: '168h', maxPriority: 1000 })
  })

  const accepted: readonly [string, object][] = [
    ['the largest whole number as quantity', { quantity: 9007199254740991 }],
    ['a quantity of zero', { quantity: 0 }],
    ['a safety stock above the quantity', { quantity: 1, safetyStock: 2 }],
    ['equal thresholds', { quantity: 1, thresholds: { low: 3, critical: 3 } }],
    ['one threshold alone', { quantity: 1, thresholds: { critical: 3 } }],
    ['a price with six places', { quantity: 1, price: { amount: '999999999999999.123456', currency: 'JPY' } }],
    ['durations of several parts', { quantity: 1, hold: { ttl: '1h30m1.5s250ms', maxTTL: '8760h' } }],
    ['a hold as long as the longest', { quantity: 1, hold: { ttl: '24h', maxTTL: '24h' } }],
    ['all namespaces', { quantity: 1, allowedNamespaces: ['*'] }],
  ]
  for (const [what, spec] of accepted) {
    it(`accepts ${what}`, async () => {
      const stored = await objects.tryCreate('VirtualStock', spec)
      assert.equal(stored.metadata.name, 'tried')
    })
  }

  const refused: readonly [string, object, string][] = [
    ['no quantity', {}, 'spec.quantity: Required value'],
    [
      'a negative quantity',
      { quantity: -1 },
      'spec.quantity: Invalid value: -1: spec.quantity in body should be greater than or equal to 0',
    ],
    [
      'a quantity that is not exact in every language',
      { quantity: 9007199254740992 },
      'spec.quantity: Invalid value: 9007199254740992: spec.quantity in body should be less than or equal to 9007199254740991',
    ],
    [
      'thresholds the wrong way round',
      { quantity: 1, thresholds: { low: 1, critical: 2 } },
      'spec.thresholds.critical: Invalid value: critical must not be above low; lower critical or raise low',
    ],
    [
      'an amount that is not a decimal number',
      { quantity: 1, price: { amount: '1,50', currency: 'EUR' } },
      'spec.price.amount: Invalid value: "1,50": write the amount as a decimal number in quotes such as "150.00", ' +
        'with at most 15 digits before the point and 6 after it',
    ],
    [
      'a negative amount',
      { quantity: 1, price: { amount: '-1', currency: 'EUR' } },
      'spec.price.amount: Invalid value: "-1": write the amount as a decimal number in quotes such as "150.00", ' +
        'with at most 15 digits before the point and 6 after it',
    ],
    [
      'a currency in small letters',
      { quantity: 1, price: { amount: '1', currency: 'eur' } },
      'spec.price.currency: Invalid value: "eur": write the currency as three capital letters such as EUR',
    ],
    ['a price without currency', { quantity: 1, price: { amount: '1' } }, 'spec.price.currency: Required value'],
    ['a word as duration', { quantity: 1, hold: { ttl: 'soon' } }, `spec.hold.ttl: Invalid value: "soon": ${duration}`],
    [
      'a hold below a second',
      { quantity: 1, hold: { ttl: '999ms' } },
      `spec.hold.ttl: Invalid value: "999ms": ${duration}`,
    ],
    [
      'a duration of 114 years',
      { quantity: 1, hold: { ttl: '999999h' } },
      `spec.hold.ttl: Invalid value: "999999h": ${duration}`,
    ],
    [
      'a duration that overflows',
      { quantity: 1, waitlist: { maxWait: '999999h999999h999999h999999h' } },
      `spec.waitlist.maxWait: Invalid value: "999999h999999h999999h999999h": ${duration}`,
    ],
    [
      'a hold above the longest',
      { quantity: 1, hold: { ttl: '25h' } },
      'spec.hold.ttl: Invalid value: ttl must not be above maxTTL; lower ttl or raise maxTTL',
    ],
    [
      'a namespace that can be none',
      { quantity: 1, allowedNamespaces: ['Team Blue'] },
      'spec.allowedNamespaces[0]: Invalid value: "Team Blue": write the name of a namespace, or "*" for all of them',
    ],
    [
      'a namespace twice',
      { quantity: 1, allowedNamespaces: ['a', 'a'] },
      'spec.allowedNamespaces[1]: Duplicate value: "a"',
    ],
    [
      'a limit of zero',
      { quantity: 1, limits: { perConsumer: 0 } },
      'spec.limits.perConsumer: Invalid value: 0: spec.limits.perConsumer in body should be greater than or equal to 1',
    ],
    ...['a\nb', 'a\u0000b', '\u0085'].flatMap((text): [string, object, string][] => [
      [
        `the control character in the product ${JSON.stringify(text)}`,
        { quantity: 1, product: text },
        `spec.product: Invalid value: ${goText(text)}: write a name without control characters such as line breaks or tabs`,
      ],
      [
        `the control character in the unit ${JSON.stringify(text)}`,
        { quantity: 1, unit: text },
        `spec.unit: Invalid value: ${goText(text)}: write a word without control characters such as line breaks or tabs`,
      ],
    ]),
    [
      'an unknown order of the waiting list',
      { quantity: 1, waitlist: { order: 'Fair' } },
      'spec.waitlist.order: Unsupported value: "Fair": supported values: "Strict", "BestEffort"',
    ],
  ]
  for (const [what, spec, sentence] of refused) {
    it(`refuses ${what} with one sentence`, async () => {
      assert.deepEqual(await objects.refusedCreate('VirtualStock', spec), [sentence])
    })
  }

  it('refuses another unit or reclaimPolicy', async () => {
    const name = 'fixed'
    await objects.create('VirtualStock', name, { quantity: 1 })
    assert.deepEqual(await objects.refusedPatch('VirtualStock', name, { spec: { unit: 'box' } }), [
      "spec.unit: Forbidden: unit can't be changed; create another stock",
    ])
    assert.deepEqual(await objects.refusedPatch('VirtualStock', name, { spec: { reclaimPolicy: 'Return' } }), [
      "spec.reclaimPolicy: Forbidden: reclaimPolicy can't be changed; create another stock",
    ])
  })
})
