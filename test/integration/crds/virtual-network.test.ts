import assert from 'node:assert/strict'
import { type CrdCluster, crdCluster } from './crd-cluster.ts'
import { type CrdObjects, crdObjects } from './crd-objects.ts'

const asked = { cidr: '10.20.0.0/24', vlan: 120 }
const fixed = (field: string) => `spec.${field}: Forbidden: ${field} can't be changed; create another network`
const status = {
  observedGeneration: 1,
  phase: 'Active',
  reason: 'Active',
  message: 'can be used',
  networkId: 'NET-7AE8FF2D',
  provider: 'Simulated',
  steps: 2,
  published: 1,
  history: [{ at: '2026-11-23T10:00:00.000Z', operation: 'Request', status: 'Succeeded', message: 'asked for' }],
  conditions: [],
}

describe('VirtualNetwork on a real API server', () => {
  let cluster: CrdCluster
  let objects: CrdObjects

  before(async function () {
    this.timeout(60_000)
    cluster = await crdCluster()
    objects = await crdObjects(cluster, 'crd-network')
  })
  after(async () => cluster?.stop())

  let created = 0
  const network = async (spec: object = {}, reported?: object): Promise<string> => {
    created += 1
    const name = `n-${created}`
    await objects.create('VirtualNetwork', name, { ...asked, ...spec })
    if (reported) await objects.patch('VirtualNetwork', name, { status: reported })
    return name
  }

  it('fills in the defaults', async () => {
    const { spec } = await objects.tryCreate('VirtualNetwork', asked)
    assert.deepEqual(spec, { ...asked, fabric: 'default', namespaces: [] })
  })

  for (const cidr of ['10.0.0.0/8', '192.168.255.248/29', 'fd00::/32', 'FD00:20:0:0::/125', '2001:db8:0:1:1:1:1:1/64'])
    it(`takes ${cidr}`, async () => {
      await objects.tryCreate('VirtualNetwork', { ...asked, cidr })
    })

  const range = 'write a range such as 10.20.0.0/24 (/8 to /29) or fd00:20::/64 (/32 to /125)'
  for (const cidr of [
    '10.0.0.0',
    '10.0.0.0/7',
    '10.0.0.0/30',
    '256.0.0.0/24',
    '010.0.0.0/24',
    'fd00::/31',
    'fd00::/126',
  ])
    it(`refuses ${cidr}`, async () => {
      assert.deepEqual(await objects.refusedCreate('VirtualNetwork', { ...asked, cidr }), [
        `spec.cidr: Invalid value: "${cidr}": ${range}`,
      ])
    })

  const refused: readonly [string, object, string][] = [
    ['vlan 0', { vlan: 0 }, 'spec.vlan: Invalid value: 0: spec.vlan in body should be greater than or equal to 1'],
    [
      'vlan 4095',
      { vlan: 4_095 },
      'spec.vlan: Invalid value: 4095: spec.vlan in body should be less than or equal to 4094',
    ],
    [
      'a fabric that can be none',
      { fabric: 'Lab' },
      'spec.fabric: Invalid value: "Lab": write the name of a fabric in lower case letters, digits and -',
    ],
  ]
  for (const [what, spec, sentence] of refused)
    it(`refuses ${what}`, async () => {
      assert.deepEqual(await objects.refusedCreate('VirtualNetwork', { ...asked, ...spec }), [sentence])
    })

  it('settles all but its namespaces at creation', async () => {
    const name = await network({ owner: 'ana' })
    const changes: readonly [string, unknown][] = [
      ['cidr', '10.21.0.0/24'],
      ['vlan', 121],
      ['fabric', 'lab'],
      ['owner', 'bob'],
      ['provider', 'Simulated'],
      ['requestId', 'req-1'],
    ]
    for (const [field, value] of changes)
      assert.deepEqual(await objects.refusedPatch('VirtualNetwork', name, { spec: { [field]: value } }), [fixed(field)])
    await objects.patch('VirtualNetwork', name, { spec: { namespaces: ['shop', 'web'] } })
  })

  it('takes the addresses of 1,024 machines, and no more', async () => {
    const allocations = (count: number) =>
      Array.from({ length: count }, (_, at) => {
        const address = `fd00::${at.toString(16)}`
        return { uid: `u${at}`, namespace: 'n', name: 'm', address }
      })
    const addresses = { total: 1_024, used: 1_024 }
    const name = await network({}, { ...status, addresses, allocations: allocations(1_024) })
    const [refusal = ''] = await objects.refusedPatch('VirtualNetwork', name, {
      status: { allocations: allocations(1_025) },
    })
    assert.match(refusal, /^status\.allocations: Too many: 1025: must have at most 1024 items/)
  })

  it('keeps its status, whose steps never fall', async () => {
    const name = await network({}, status)
    assert.deepEqual(await objects.refusedPatch('VirtualNetwork', name, { status: { ...status, steps: 1 } }), [
      'status.steps: Forbidden: steps never falls; each step has been an event under its number',
    ])
    assert.deepEqual(
      await objects.refusedPatch('VirtualNetwork', name, { status: { provider: 'NetworkAttachmentDefinition' } }),
      ['status.provider: Forbidden: status.provider never changes; create another network'],
    )
  })
})
