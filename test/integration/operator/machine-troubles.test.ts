import assert from 'node:assert/strict'
import { childNameOf } from '../../../operator/domain/resource/resource.ts'
import type { Reservation } from '../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import { conditionsOf, type MachineSite, machineSite } from '../../fixtures/machine-site.ts'
import { createPoolStock } from '../../fixtures/machines.ts'

const namespace = 'operator-troubles'

describe('the operator with machines in trouble', () => {
  let site: MachineSite

  before(async function () {
    this.timeout(90_000)
    site = await machineSite(namespace, {
      maxTries: 2,
      simulated: { bootDelay: '0ms' },
      policies: {
        maxCpu: 16,
        maxMemory: '64Gi',
        maxDisk: '500Gi',
        imagePrefixes: ['registry.example.com/'],
        maxPerOwner: 2,
      },
    })
  })
  after(() => site?.close())

  it('names what is wrong with a pool, takes nothing, and goes on when it is mended', async () => {
    await site.create('early', { pool: 'west' })
    const missing = await site.untilPhase('early', 'Pending', 'PoolMissing')
    assert.match(missing.status?.message ?? '', /pool west has no stock for cpu/)
    await createPoolStock(site, namespace, { pool: 'west', resource: 'cpu', quantity: 4 })
    await createPoolStock(site, namespace, { pool: 'west', resource: 'disk', quantity: 4 })
    await createPoolStock(site, namespace, { pool: 'west', resource: 'memory', quantity: 4096, unit: 'MiB' })
    const wrong = await site.untilPhase('early', 'Pending', 'WrongUnit')
    assert.match(wrong.status?.message ?? '', /west-memory .*counts MiB; for memory it must count GiB/)
    assert.equal(site.reservationOf('early'), undefined)
    await site.label('west-memory', { 'kbnt.io/resource': 'spare' })
    await site.untilPhase('early', 'Pending', 'PoolMissing')
    await site.label('east-memory', { 'kbnt.io/pool': 'west' })
    await site.untilPhase('early', 'Running')
    await site.label('east-memory', { 'kbnt.io/pool': 'east' })
    await site.label('west-memory', { 'kbnt.io/pool': 'east', 'kbnt.io/resource': 'memory' })
    await site.create('unsure')
    const unsure = await site.untilPhase('unsure', 'Pending', 'PoolAmbiguous')
    assert.match(unsure.status?.message ?? '', /east-memory, west-memory/)
    await site.label('west-memory', { 'kbnt.io/resource': 'spare' })
    await site.untilPhase('unsure', 'Running')
    await site.remove('early', 'unsure')
  })

  const violations: [name: string, spec: object, words: RegExp][] = [
    ['too-many-cores', { cpu: 17 }, /cpu 17 is more than the 16/],
    ['too-much-memory', { memory: '65Gi' }, /memory 65Gi is more than the 64Gi/],
    ['too-large-a-disk', { disk: '1Ti' }, /disk 1Ti is more than the 500Gi/],
    ['a-strange-image', { image: 'elsewhere.example.com/disk:1' }, /must begin with registry.example.com\//],
  ]
  for (const [name, spec, words] of violations) {
    it(`refuses ${name.replaceAll('-', ' ')} before anything is reserved`, async () => {
      await site.create(name, spec)
      const { status } = await site.untilPhase(name, 'Failed', 'PolicyViolation')
      assert.match(status?.message ?? '', words)
      assert.equal(site.reservationOf(name), undefined)
      await site.remove(name)
    })
  }

  it('counts the machines of an owner, and lets the next one in when there is room', async () => {
    for (const name of ['bob-1', 'bob-2', 'bob-3']) await site.create(name, { owner: 'bob' })
    const refused = await site.machines.untilSome(({ status }) => status?.reason === 'PolicyViolation')
    assert.match(refused.status?.message ?? '', /bob has 2 machines; 2 are allowed/)
    const admitted = ['bob-1', 'bob-2', 'bob-3'].filter((name) => name !== refused.metadata.name)
    for (const name of admitted) await site.untilPhase(name, 'Running')
    await site.remove(...admitted)
    await site.create('bob-4', { owner: 'bob' })
    await site.untilPhase('bob-4', 'Running')
    await site.remove('bob-4', refused.metadata.name ?? '')
  })

  it('takes no capacity for a provider that is not there', async () => {
    await site.create('virtual', { provider: 'KubeVirt' })
    const { status } = await site.untilPhase('virtual', 'Pending', 'ProviderUnavailable')
    assert.match(status?.message ?? '', /kubevirt\.io\/v1/)
    assert.equal(site.reservationOf('virtual'), undefined)
    await site.remove('virtual')
  })

  it('tries again what a provider has refused, and gives up with its words and without its capacity', async () => {
    await site.create('stubborn', {}, 'create:1')
    const { status } = await site.untilPhase('stubborn', 'Running')
    assert.ok(status?.history.some(({ operation, status }) => operation === 'Provision' && status === 'Failed'))
    await site.create('hopeless', {}, 'create')
    const failed = await site.untilPhase('hopeless', 'Failed', 'ProviderFailed')
    assert.match(
      failed.status?.message ?? '',
      /refused it 2 times, at last with: the simulated provider was told to refuse/,
    )
    await site.machines.until(
      site.keyOf('hopeless'),
      (machine) => machine !== undefined && conditionsOf(machine)['CapacityReserved'] === 'False ProviderFailed',
    )
    await site.untilCpuInUse(1)
    assert.equal(
      (await site.events.untilSome(({ regarding, type }) => regarding.name === 'hopeless' && type === 'Warning'))
        .reason,
      'ProviderFailed',
    )
    await site.remove('stubborn', 'hopeless')
  })

  it('makes nothing on a reservation that somebody made by hand in the name of a machine, and goes on without it', async () => {
    const { metadata } = await site.create('forged', { pool: 'north', cpu: 8, owner: 'ana' })
    await site.untilPhase('forged', 'Pending', 'PoolMissing')
    const name = childNameOf({ name: 'forged', uid: metadata.uid ?? '' })
    await site.clients.reservations.create({
      ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'Reservation' },
      metadata: {
        ...{ namespace, name, labels: { 'kbnt.io/machine-uid': metadata.uid } },
        annotations: { 'kbnt.io/machine': 'forged' },
      },
      spec: { items: [{ stock: 'east-cpu', quantity: 1 }], state: 'Confirmed', consumer: 'ben' },
    } as unknown as Reservation)
    const { status } = await site.untilPhase('forged', 'Pending', 'ReservationNotOwn')
    assert.match(status?.message ?? '', new RegExp(`^reservation ${namespace}/${name} is not what this machine asks`))
    await site.untilCpuInUse(1)
    await site.clients.reservations.delete(namespace, name)
    await site.untilPhase('forged', 'Pending', 'PoolMissing')
    await site.remove('forged')
  })

  it('stops a machine whose reservation somebody deletes, and says why', async () => {
    await site.create('robbed')
    await site.untilPhase('robbed', 'Running')
    await site.clients.reservations.delete(namespace, site.reservationOf('robbed')?.metadata.name ?? '')
    const { status } = await site.untilPhase('robbed', 'Failed', 'CapacityLost')
    assert.match(
      status?.message ?? '',
      /^its reservation robbed-[0-9a-f]{8} was deleted, so its capacity is lost and the machine is stopped/,
    )
    assert.ok(status?.history.some(({ operation }) => operation === 'Stop'))
    await site.untilCpuInUse(0)
    await site.remove('robbed')
  })

  it('frees nothing under a machine that its provider still has, unless it is abandoned', async () => {
    await site.create('stuck', { cpu: 2 }, 'remove')
    await site.untilPhase('stuck', 'Running')
    await site.clients.machines.delete(namespace, 'stuck', { propagationPolicy: 'Foreground' })
    const { status } = await site.untilPhase('stuck', 'Deleting')
    assert.match(status?.message ?? '', /told to hang; .*kubectl annotate -n \S+ vmachine stuck kbnt\.io\/abandon=true/)
    assert.ok(site.reservationOf('stuck'), 'its capacity is still held')
    await site.untilCpuInUse(2)
    await site.patch('stuck', {
      metadata: { annotations: { 'kbnt.io/abandon': 'true' } },
    })
    const ours = 'kbnt.io/machine'
    await site.machines.until(site.keyOf('stuck'), (machine) => machine?.metadata.finalizers?.includes(ours) === false)
    await site.untilCpuInUse(0)
    await site.patch('stuck', { metadata: { finalizers: null } }) // as the garbage collector would
    await site.untilGone('stuck')
  })

  it('gives back the capacity of a machine that went without it', async () => {
    await site.create('lost')
    await site.untilPhase('lost', 'Running')
    await site.operator.kill()
    await site.patch('lost', { metadata: { finalizers: null } })
    await site.remove('lost')
    await site.operator.start()
    await site.untilCpuInUse(0)
  })
})
