import assert from 'node:assert/strict'
import { type CrdCluster, crdCluster } from './crd-cluster.ts'
import { type CrdObjects, crdObjects } from './crd-objects.ts'

const asked = { cpu: 2, memory: '4Gi', disk: '40Gi', pool: 'us-east-1' }
const fixed = (field: string) => `spec.${field}: Forbidden: ${field} can't be changed; create another machine`
const fixedForNow = (field: string) =>
  `spec.${field}: Forbidden: ${field} can't be changed for now; create another machine`
const status = {
  observedGeneration: 1,
  phase: 'Provisioning',
  reason: 'Starting',
  message: 'boots',
  machineId: 'VM-0909A693',
  provider: 'Simulated',
  steps: 2,
  published: 1,
  history: [{ at: '2026-11-23T10:00:00.000Z', operation: 'Request', status: 'Succeeded', message: 'asked for' }],
  conditions: [],
}

describe('VirtualMachine on a real API server', () => {
  let cluster: CrdCluster
  let objects: CrdObjects

  before(async function () {
    this.timeout(60_000)
    cluster = await crdCluster()
    objects = await crdObjects(cluster, 'crd-machine')
  })
  after(async () => cluster?.stop())

  let created = 0
  const machine = async (spec: object = {}, reported?: object): Promise<string> => {
    created += 1
    const name = `m-${created}`
    await objects.create('VirtualMachine', name, { ...asked, ...spec })
    if (reported) await objects.patch('VirtualMachine', name, { status: reported })
    return name
  }
  const refusedChange = (name: string, patch: object) => objects.refusedPatch('VirtualMachine', name, patch)

  it('fills in the defaults', async () => {
    const { spec } = await objects.tryCreate('VirtualMachine', asked)
    assert.deepEqual(spec, { ...asked, poolNamespace: '', runStrategy: 'Always', waitFor: '24h', priority: 0 })
  })

  const accepted: readonly [string, object][] = [
    ['the largest', { cpu: 1024, memory: '9999999Ti', disk: '9999999Ti' }],
    ['the smallest', { cpu: 1, memory: '1Mi', disk: '1Mi', waitFor: '0s', priority: -1000 }],
    ['a network with its namespace', { network: { name: 'networks/vlan-10.blue' } }],
    ['an image by its digest', { image: `registry.example.com:5000/a/b@sha256:${'0'.repeat(64)}` }],
    ['an owner and a request in any script', { owner: 'équipe bleue', requestId: 'заявка № 7' }],
  ]
  for (const [what, spec] of accepted)
    it(`accepts ${what}`, async () => {
      const stored = await objects.tryCreate('VirtualMachine', { ...asked, ...spec })
      assert.equal(stored.metadata.name, 'tried')
    })

  const size = 'write a size such as 512Mi, 8Gi or 1Ti'
  const wait = 'give a time such as 0s, 10m or 1h30m, up to 8760h'
  const control = 'write an id without control characters such as line breaks or tabs'
  const image = 'write the reference of an image such as quay.io/containerdisks/fedora:41, without spaces'
  const network = 'write the name of a network (small letters, digits, - and .), or namespace/name'
  const pool =
    "write the value of the label kbnt.io/pool of the pool's stocks (letters, digits, -, _ and .; " +
    'a letter or digit first and last)'
  const refused: readonly [string, object, string][] = [
    ['zero cores', { cpu: 0 }, 'spec.cpu: Invalid value: 0: spec.cpu in body should be greater than or equal to 1'],
    [
      'a core more than there can be',
      { cpu: 1025 },
      'spec.cpu: Invalid value: 1025: spec.cpu in body should be less than or equal to 1024',
    ],
    ['half a gibibyte of memory', { memory: '0.5Gi' }, `spec.memory: Invalid value: "0.5Gi": ${size}`],
    ['memory without a unit', { memory: '8192' }, `spec.memory: Invalid value: "8192": ${size}`],
    ['a decimal unit', { disk: '40G' }, `spec.disk: Invalid value: "40G": ${size}`],
    ['a disk of nothing', { disk: '0Gi' }, `spec.disk: Invalid value: "0Gi": ${size}`],
    ['a pool that can be no label', { pool: 'us east' }, `spec.pool: Invalid value: "us east": ${pool}`],
    [
      'a namespace that can be none',
      { poolNamespace: 'a_b' },
      'spec.poolNamespace: Invalid value: "a_b": write the name of a namespace, or leave it out for the machine\'s own',
    ],
    [
      'an unknown provider',
      { provider: 'Paper' },
      'spec.provider: Unsupported value: "Paper": supported values: "KubeVirt", "Simulated"',
    ],
    [
      'an unknown way to run',
      { runStrategy: 'Never' },
      'spec.runStrategy: Unsupported value: "Never": supported values: "Always", "RerunOnFailure", "Halted"',
    ],
    ['a wait of 114 years', { waitFor: '999999h' }, `spec.waitFor: Invalid value: "999999h": ${wait}`],
    [
      'a priority out of range',
      { priority: -1001 },
      'spec.priority: Invalid value: -1001: spec.priority in body should be greater than or equal to -1000',
    ],
    ['an image with a space', { image: 'fedora 41' }, `spec.image: Invalid value: "fedora 41": ${image}`],
    [
      'a network that can be none',
      { network: { name: 'Bridge' } },
      `spec.network.name: Invalid value: "Bridge": ${network}`,
    ],
    ['a network without a name', { network: {} }, 'spec.network.name: Required value'],
    ['a line break in requestId', { requestId: 'a\nb' }, `spec.requestId: Invalid value: "a\\nb": ${control}`],
  ]
  for (const [what, spec, sentence] of refused)
    it(`refuses ${what} with one sentence`, async () => {
      assert.deepEqual(await objects.refusedCreate('VirtualMachine', { ...asked, ...spec }), [sentence])
    })

  for (const field of ['cpu', 'memory', 'pool'])
    it(`refuses a machine without ${field}`, async () => {
      const { [field as keyof typeof asked]: _, ...rest } = asked
      const [first] = await objects.refusedCreate('VirtualMachine', rest)
      assert.equal(first, `spec.${field}: Required value`)
    })

  const { disk: _, ...diskless } = asked
  const named = (...names: readonly string[]) => names.map((name) => ({ name }))
  const oneOfBoth =
    'spec.disk: Invalid value: give either disk, a size such as 20Gi, or storages, the names of VirtualStorages of this namespace'
  const storageName =
    'spec.storages[0].name: Invalid value: "Data": write the name of a VirtualStorage (small letters, digits, - and .)'

  it('takes storages instead of a disk, up to eight, each once and in their order', async () => {
    const names = ['root', 'data.2', ...Array.from({ length: 6 }, (_, at) => `more-${at}`)]
    const { spec } = await objects.tryCreate('VirtualMachine', { ...diskless, storages: named(...names) })
    assert.deepEqual(spec['storages'], named(...names))
    const refusedWith = (storages: unknown) => objects.refusedCreate('VirtualMachine', { ...diskless, storages })
    assert.match(
      (await refusedWith(named(...names, 'ninth')))[0] ?? '',
      /^spec.storages: Too many: 9: must have at most 8/,
    )
    assert.match((await refusedWith(named()))[0] ?? '', /^spec.storages: Invalid value: 0: .*at least 1 items/)
    assert.match(
      (await refusedWith(named('a', 'b', 'a')))[0] ?? '',
      /^spec.storages: Invalid value: .*name each storage once$/,
    )
    assert.deepEqual(await refusedWith(named('Data')), [storageName])
  })

  it('refuses a machine with neither a disk nor storages, and one with both', async () => {
    assert.deepEqual(await objects.refusedCreate('VirtualMachine', diskless), [oneOfBoth])
    assert.deepEqual(await objects.refusedCreate('VirtualMachine', { ...asked, storages: named('a') }), [oneOfBoth])
  })

  it('refuses other storages later, and a disk in their place', async () => {
    await objects.create('VirtualMachine', 'on-storages', { ...diskless, storages: named('a', 'b') })
    const changed = fixedForNow('storages')
    assert.deepEqual(await refusedChange('on-storages', { spec: { storages: named('b', 'a') } }), [changed])
    assert.deepEqual(await refusedChange('on-storages', { spec: { storages: null, disk: '20Gi' } }), [changed])
    const onDisk = await machine()
    assert.deepEqual(await refusedChange(onDisk, { spec: { storages: named('a'), disk: null } }), [changed])
  })

  const settled: readonly [string, unknown, string][] = [
    ['cpu', 4, fixedForNow('cpu')],
    ['memory', '8Gi', fixedForNow('memory')],
    ['disk', '80Gi', fixedForNow('disk')],
    ['pool', 'eu-1', fixed('pool')],
    ['poolNamespace', 'capacity', fixed('poolNamespace')],
    ['waitFor', '1h', fixed('waitFor')],
    ['priority', 5, fixed('priority')],
  ]
  for (const [field, value, sentence] of settled)
    it(`refuses another ${field}`, async () => {
      const name = await machine()
      assert.deepEqual(await refusedChange(name, { spec: { [field]: value } }), [sentence])
    })

  const optional: readonly [string, unknown, unknown, string][] = [
    ['network', { name: 'a' }, { name: 'b' }, fixedForNow('network')],
    ['image', 'a', 'b', fixedForNow('image')],
    ['provider', 'Simulated', 'KubeVirt', fixed('provider')],
    ['owner', 'ana', 'bob', fixed('owner')],
    ['requestId', 'a', 'b', fixed('requestId')],
  ]
  for (const [field, value, other, sentence] of optional)
    it(`refuses ${field} when it is changed, removed or added later`, async () => {
      const name = await machine({ [field]: value })
      assert.deepEqual(await refusedChange(name, { spec: { [field]: other } }), [sentence])
      assert.deepEqual(await refusedChange(name, { spec: { [field]: null } }), [sentence])
      const without = await machine()
      assert.deepEqual(await refusedChange(without, { spec: { [field]: value } }), [sentence])
    })

  it('lets runStrategy be changed at any time', async () => {
    const name = await machine({}, status)
    for (const runStrategy of ['Halted', 'RerunOnFailure', 'Always'])
      await objects.patch('VirtualMachine', name, { spec: { runStrategy } })
    const { metadata } = await objects.get('VirtualMachine', name)
    assert.equal(metadata.generation, 4)
  })

  it('refuses the removal of its status', async () => {
    const name = await machine({}, status)
    assert.deepEqual(await refusedChange(name, { status: null }), [
      "status: Forbidden: status says what the machine has and can't be removed; delete the machine to give it up",
    ])
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
      'more published steps than there are',
      { published: 3 },
      'status.published: Invalid value: published must not be above steps; only steps that were taken can be published',
    ],
    [
      'another provider than it was begun with',
      { provider: 'KubeVirt' },
      'status.provider: Forbidden: status.provider never changes; create another machine',
    ],
  ]
  for (const [what, change, sentence] of backwards)
    it(`refuses a status with ${what}`, async () => {
      const name = await machine({}, status)
      assert.deepEqual(await refusedChange(name, { status: change }), [sentence])
    })

  it('keeps sixteen steps, and refuses the seventeenth', async () => {
    const name = await machine({}, status)
    const history = Array.from({ length: 17 }, () => status.history[0])
    await objects.patch('VirtualMachine', name, { status: { history: history.slice(1), steps: 16 } })
    const [fault] = await refusedChange(name, { status: { history, steps: 17 } })
    assert.match(fault ?? '', /^status.history: Too many: 17: must have at most 16 items/)
  })

  it('leaves the name virtualmachines to others', async () => {
    const answer = await objects.refusal(['get', 'virtualmachines'])
    assert.match(answer, /the server doesn't have a resource type "virtualmachines"/)
  })
})
