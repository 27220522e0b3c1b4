import assert from 'node:assert/strict'
import { type CrdCluster, crdCluster } from './crd-cluster.ts'
import { type CrdObjects, crdObjects } from './crd-objects.ts'

const asked = { size: '40Gi', pool: 'us-east-1' }
const fixed = (field: string) => `spec.${field}: Forbidden: ${field} can't be changed; create another storage`
const fixedForNow = (field: string) =>
  `spec.${field}: Forbidden: ${field} can't be changed for now; create another storage`
const status = {
  observedGeneration: 1,
  phase: 'Allocating',
  reason: 'Allocating',
  message: 'no volume yet',
  storageId: 'STOR-64DE90EF',
  provider: 'Simulated',
  steps: 2,
  published: 1,
  history: [{ at: '2026-11-23T10:00:00.000Z', operation: 'Request', status: 'Succeeded', message: 'asked for' }],
  conditions: [],
}

describe('VirtualStorage on a real API server', () => {
  let cluster: CrdCluster
  let objects: CrdObjects

  before(async function () {
    this.timeout(60_000)
    cluster = await crdCluster()
    objects = await crdObjects(cluster, 'crd-storage')
  })
  after(async () => cluster?.stop())

  let created = 0
  const storage = async (spec: object = {}, reported?: object): Promise<string> => {
    created += 1
    const name = `s-${created}`
    await objects.create('VirtualStorage', name, { ...asked, ...spec })
    if (reported) await objects.patch('VirtualStorage', name, { status: reported })
    return name
  }
  const refusedChange = (name: string, patch: object) => objects.refusedPatch('VirtualStorage', name, patch)

  it('fills in the defaults', async () => {
    const { spec } = await objects.tryCreate('VirtualStorage', asked)
    const defaults = { class: 'standard', reclaim: 'Retain', poolNamespace: '', waitFor: '24h', priority: 0 }
    assert.deepEqual(spec, { ...asked, ...defaults })
  })

  const size = 'write a size such as 512Mi, 20Gi or 1Ti'
  const refused: readonly [string, object, string][] = [
    ['a decimal unit', { size: '40G' }, `spec.size: Invalid value: "40G": ${size}`],
    ['a size of nothing', { size: '0Gi' }, `spec.size: Invalid value: "0Gi": ${size}`],
    [
      'a class that can be none',
      { class: 'SSD' },
      'spec.class: Invalid value: "SSD": write the name of a class in lower case letters, digits and -',
    ],
    ['no iops', { iops: 0 }, 'spec.iops: Invalid value: 0: spec.iops in body should be greater than or equal to 1'],
    [
      'an unknown provider',
      { provider: 'Paper' },
      'spec.provider: Unsupported value: "Paper": supported values: "PersistentVolumeClaim", "Simulated"',
    ],
    [
      'an unknown end of its data',
      { reclaim: 'Recycle' },
      'spec.reclaim: Unsupported value: "Recycle": supported values: "Retain", "Delete"',
    ],
  ]
  for (const [what, spec, sentence] of refused)
    it(`refuses ${what} with one sentence`, async () => {
      assert.deepEqual(await objects.refusedCreate('VirtualStorage', { ...asked, ...spec }), [sentence])
    })

  const settled: readonly [string, unknown, string][] = [
    ['size', '80Gi', fixedForNow('size')],
    ['class', 'ssd', fixed('class')],
    ['pool', 'eu-1', fixed('pool')],
    ['poolNamespace', 'capacity', fixed('poolNamespace')],
    ['waitFor', '1h', fixed('waitFor')],
    ['priority', 5, fixed('priority')],
  ]
  for (const [field, value, sentence] of settled)
    it(`refuses another ${field}`, async () => {
      assert.deepEqual(await refusedChange(await storage(), { spec: { [field]: value } }), [sentence])
    })

  const optional: readonly [string, unknown, unknown, string][] = [
    ['iops', 100, 200, fixedForNow('iops')],
    ['provider', 'Simulated', 'PersistentVolumeClaim', fixed('provider')],
    ['owner', 'ana', 'bob', fixed('owner')],
    ['requestId', 'a', 'b', fixed('requestId')],
  ]
  for (const [field, value, other, sentence] of optional)
    it(`refuses ${field} when it is changed, removed or added later`, async () => {
      const name = await storage({ [field]: value })
      assert.deepEqual(await refusedChange(name, { spec: { [field]: other } }), [sentence])
      assert.deepEqual(await refusedChange(name, { spec: { [field]: null } }), [sentence])
      assert.deepEqual(await refusedChange(await storage(), { spec: { [field]: value } }), [sentence])
    })

  it('lets reclaim be changed at any time', async () => {
    const name = await storage({}, status)
    for (const reclaim of ['Delete', 'Retain']) await objects.patch('VirtualStorage', name, { spec: { reclaim } })
    assert.equal((await objects.get('VirtualStorage', name)).metadata.generation, 3)
  })

  const backwards: readonly [string, object, string][] = [
    [
      'fewer steps than there were',
      { steps: 1 },
      'status.steps: Forbidden: steps never falls; each step has been an event under its number',
    ],
    [
      'fewer published steps than there were',
      { published: 0 },
      "status.published: Forbidden: published never falls; what was published can't be taken back",
    ],
    [
      'another provider than it was begun with',
      { provider: 'PersistentVolumeClaim' },
      'status.provider: Forbidden: status.provider never changes; create another storage',
    ],
  ]
  for (const [what, change, sentence] of backwards)
    it(`refuses a status with ${what}`, async () => {
      assert.deepEqual(await refusedChange(await storage({}, status), { status: change }), [sentence])
    })

  it('is one machine’s after the other, and free in between', async () => {
    const name = await storage({}, status)
    const changed = (attachedTo: object | null) => ({ status: { attachedTo } })
    await objects.patch('VirtualStorage', name, changed({ uid: 'a', name: 'web', provider: 'Simulated' }))
    assert.deepEqual(await refusedChange(name, changed({ uid: 'b' })), [
      'status.attachedTo: Forbidden: attachedTo goes from no machine to another; it is taken away first, when the one that has it is gone',
    ])
    await objects.patch('VirtualStorage', name, changed(null))
    await objects.patch('VirtualStorage', name, changed({ uid: 'b', name: 'desk' }))
  })

  it('refuses the removal of its status', async () => {
    const name = await storage({}, status)
    assert.deepEqual(await refusedChange(name, { status: null }), [
      "status: Forbidden: status says what the storage has and can't be removed; delete the storage to give it up",
    ])
  })

  it('is shown in one line, and selected by its pool, owner and phase', async () => {
    const shown = { ...status, phase: 'Allocated', attachedTo: { uid: 'a', name: 'desk' } }
    const name = await storage({ size: '7Gi', pool: 'shown', owner: 'ana' }, shown)
    const selector = 'spec.pool=shown,spec.owner=ana,status.phase=Allocated'
    const line = await objects.done(['get', 'vstor', '--field-selector', selector, '--no-headers'])
    assert.match(line, new RegExp(`^${name} +Allocated +7Gi +standard +desk `))
  })
})
