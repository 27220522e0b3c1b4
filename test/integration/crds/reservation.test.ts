import assert from 'node:assert/strict'
import { type CrdCluster, crdCluster } from './crd-cluster.ts'
import { type CrdObjects, crdObjects } from './crd-objects.ts'
import { statusIn } from './status-in.ts'

const items = [{ stock: 'grinder', quantity: 1 }]
const over = 'spec.state: Forbidden: this reservation is over; create a new one'
const onlyOn =
  'spec.state: Forbidden: state only goes on, from Reserved to Confirmed or Released and from Confirmed to Released; ' +
  'create a new reservation'
const fixed = (field: string) => `spec.${field}: Forbidden: ${field} can't be changed; create a new reservation`
const goText = (text: string) => (text === '\u0085' ? '"\\u0085"' : JSON.stringify(text))
const ttlFalls =
  'spec.ttl: Forbidden: ttl can only be raised, not lowered or removed; to give the units up set state to Released'

describe('Reservation on a real API server', () => {
  let cluster: CrdCluster
  let objects: CrdObjects

  before(async function () {
    this.timeout(60_000)
    cluster = await crdCluster()
    objects = await crdObjects(cluster, 'crd-reservation')
  })
  after(async () => cluster?.stop())

  let created = 0
  const reservation = async (spec: object = {}, phase?: string): Promise<string> => {
    created += 1
    const name = `r-${created}`
    await objects.create('Reservation', name, { items, ...spec })
    if (phase) await objects.patch('Reservation', name, { status: statusIn(phase) })
    return name
  }
  const refusedChange = (name: string, patch: object) => objects.refusedPatch('Reservation', name, patch)

  it('fills in the defaults', async () => {
    const { spec } = await objects.tryCreate('Reservation', { items })
    assert.deepEqual(spec, {
      items: [{ stockNamespace: '', stock: 'grinder', quantity: 1 }],
      state: 'Reserved',
      waitFor: '0s',
      priority: 0,
    })
  })

  const accepted: readonly [string, object][] = [
    ['sixteen lines', { items: Array.from({ length: 16 }, (_, i) => ({ stock: `s-${i}`, quantity: 1 })) }],
    [
      'the same name in two namespaces',
      { items: [...items, { stockNamespace: 'other', stock: 'grinder', quantity: 1 }] },
    ],
    ['a confirmed state at creation', { items, state: 'Confirmed' }],
    ['a request in any script', { items, requestId: 'заявка № 7' }],
    ['the longest wait and hold', { items, ttl: '8760h', waitFor: '8760h' }],
  ]
  for (const [what, spec] of accepted) {
    it(`accepts ${what}`, async () => {
      const stored = await objects.tryCreate('Reservation', spec)
      assert.equal(stored.metadata.name, 'tried')
    })
  }

  const refused: readonly [string, object, string][] = [
    ['no items', {}, 'spec.items: Required value'],
    ['empty items', { items: [] }, 'spec.items: Invalid value: 0: spec.items in body should have at least 1 items'],
    [
      'a quantity of zero',
      { items: [{ stock: 'grinder', quantity: 0 }] },
      'spec.items[0].quantity: Invalid value: 0: spec.items[0].quantity in body should be greater than or equal to 1',
    ],
    [
      'a negative quantity',
      { items: [{ stock: 'grinder', quantity: -3 }] },
      'spec.items[0].quantity: Invalid value: -3: spec.items[0].quantity in body should be greater than or equal to 1',
    ],
    [
      'half a unit more',
      { items: [{ stock: 'grinder', quantity: 1.5 }] },
      'spec.items[0].quantity: Invalid value: "number": spec.items[0].quantity in body must be of type integer: "number"',
    ],
    [
      'a stock twice',
      { items: [...items, { stock: 'grinder', quantity: 2 }] },
      'spec.items[1]: Duplicate value: {"stock":"grinder","stockNamespace":""}',
    ],
    [
      'a stock name that can be none',
      { items: [{ stock: 'Grinder', quantity: 1 }] },
      'spec.items[0].stock: Invalid value: "Grinder": write the name of a VirtualStock (small letters, digits, - and .)',
    ],
    [
      'a namespace that can be none',
      { items: [{ stockNamespace: 'a_b', stock: 'grinder', quantity: 1 }] },
      'spec.items[0].stockNamespace: Invalid value: "a_b": ' +
        "write the name of a namespace, or leave it out for the reservation's own",
    ],
    [
      'a hold of no time',
      { items, ttl: '0s' },
      'spec.ttl: Invalid value: "0s": give a time such as 90s, 15m or 1h30m, from 1s to 8760h',
    ],
    [
      'a wait of 114 years',
      { items, waitFor: '999999h' },
      'spec.waitFor: Invalid value: "999999h": give a time such as 0s, 10m or 1h30m, up to 8760h',
    ],
    [
      'a negative wait',
      { items, waitFor: '-1s' },
      'spec.waitFor: Invalid value: "-1s": give a time such as 0s, 10m or 1h30m, up to 8760h',
    ],
    ...['a\nb', 'a\tb', '\u0085'].map((requestId): [string, object, string] => [
      `the control character in the requestId ${JSON.stringify(requestId)}`,
      { items, requestId },
      `spec.requestId: Invalid value: ${goText(requestId)}: write an id without control characters such as line breaks or tabs`,
    ]),
    [
      'an unknown state',
      { items, state: 'Sold' },
      'spec.state: Unsupported value: "Sold": supported values: "Reserved", "Confirmed", "Released"',
    ],
    [
      'a priority out of range',
      { items, priority: 1001 },
      'spec.priority: Invalid value: 1001: spec.priority in body should be less than or equal to 1000',
    ],
  ]
  for (const [what, spec, sentence] of refused) {
    it(`refuses ${what} with one sentence`, async () => {
      assert.deepEqual(await objects.refusedCreate('Reservation', spec), [sentence])
    })
  }

  it('refuses changed items', async () => {
    const name = await reservation()
    for (const changed of [
      [{ stock: 'grinder', quantity: 2 }],
      [{ stock: 'other', quantity: 1 }],
      [...items, { stock: 'other', quantity: 1 }],
    ]) {
      assert.deepEqual(await refusedChange(name, { spec: { items: changed } }), [fixed('items')])
    }
  })

  for (const field of ['consumer', 'requestId', 'note']) {
    it(`refuses a ${field} that is changed, removed or added later`, async () => {
      const name = await reservation({ [field]: 'a' })
      assert.deepEqual(await refusedChange(name, { spec: { [field]: 'b' } }), [fixed(field)])
      assert.deepEqual(await refusedChange(name, { spec: { [field]: null } }), [fixed(field)])
      const without = await reservation()
      assert.deepEqual(await refusedChange(without, { spec: { [field]: 'a' } }), [fixed(field)])
    })
  }

  it('lets ttl be set and raised, never lowered or unset', async () => {
    const name = await reservation()
    await objects.patch('Reservation', name, { spec: { ttl: '10m' } })
    await objects.patch('Reservation', name, { spec: { ttl: '0.25h' } })
    assert.deepEqual(await refusedChange(name, { spec: { ttl: '14m59s' } }), [ttlFalls])
    assert.deepEqual(await refusedChange(name, { spec: { ttl: null } }), [ttlFalls])
  })

  it('lets waitFor and priority be changed', async () => {
    const name = await reservation({ waitFor: '1h', priority: 5 })
    await objects.patch('Reservation', name, { spec: { waitFor: '0s', priority: -5 } })
    const { spec } = await objects.get('Reservation', name)
    assert.deepEqual([spec.waitFor, spec.priority], ['0s', -5])
  })

  const steps: readonly [string, string, boolean][] = [
    ['Reserved', 'Confirmed', true],
    ['Reserved', 'Released', true],
    ['Confirmed', 'Released', true],
    ['Confirmed', 'Reserved', false],
    ['Released', 'Reserved', false],
    ['Released', 'Confirmed', false],
  ]
  for (const [from, to, allowed] of steps) {
    it(`${allowed ? 'lets' : 'does not let'} state go from ${from} to ${to}`, async () => {
      const name = await reservation({ state: from }, 'Reserved')
      if (allowed) await objects.patch('Reservation', name, { spec: { state: to } })
      else assert.deepEqual(await refusedChange(name, { spec: { state: to } }), [onlyOn])
    })
  }

  for (const phase of ['Expired', 'Rejected', 'Released']) {
    it(`refuses a change of state once it is ${phase}, with one sentence`, async () => {
      const name = await reservation({}, phase)
      const answer = await objects.refusal([
        'patch',
        'rsv',
        name,
        '--type=merge',
        '-p',
        '{"spec":{"state":"Confirmed"}}',
      ])
      assert.equal(answer, `The Reservation "${name}" is invalid: ${over}`)
    })

    it(`never leaves the phase ${phase}`, async () => {
      const name = await reservation({}, phase)
      assert.deepEqual(await refusedChange(name, { status: statusIn('Reserved') }), [
        'status.phase: Forbidden: this reservation is over and its phase never changes; create a new one',
      ])
      await objects.patch('Reservation', name, { status: { phase, message: 'still over' } })
    })
  }

  it('says one thing only when a released one is asked to go back', async () => {
    const name = await reservation({ state: 'Released' }, 'Released')
    assert.deepEqual(await refusedChange(name, { spec: { state: 'Reserved' } }), [over])
  })

  it('still lets labels be changed and the object be deleted when it is over', async () => {
    const name = await reservation({}, 'Expired')
    await objects.done(['label', 'reservation', name, 'seen=yes'])
    await objects.done(['delete', 'reservation', name])
  })

  it('refuses the removal of its status', async () => {
    const name = await reservation({}, 'Reserved')
    assert.deepEqual(await refusedChange(name, { status: null }), [
      "status: Forbidden: status says what is held and can't be removed; delete the reservation to give it up",
    ])
  })
})
