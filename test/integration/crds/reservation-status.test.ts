import assert from 'node:assert/strict'
import { type CrdCluster, crdCluster } from './crd-cluster.ts'
import { type CrdObjects, crdObjects } from './crd-objects.ts'
import { line, statusIn } from './status-in.ts'

describe('The status of a Reservation on a real API server', () => {
  let cluster: CrdCluster
  let objects: CrdObjects
  let created = 0

  before(async function () {
    this.timeout(60_000)
    cluster = await crdCluster()
    objects = await crdObjects(cluster, 'crd-reservation-status')
  })
  after(async () => cluster?.stop())

  const reservation = async (status?: object): Promise<string> => {
    created += 1
    const name = `r-${created}`
    await objects.create('Reservation', name, { items: [{ stock: 'grinder', quantity: 1 }] })
    if (status) await objects.patch('Reservation', name, { status })
    return name
  }
  const refusedChange = (name: string, patch: object) => objects.refusedPatch('Reservation', name, patch)

  it('takes each phase with what a leader reads back of it', async () => {
    for (const phase of ['Pending', 'Waiting', 'Reserved', 'Confirmed', 'Rejected']) await reservation(statusIn(phase))
  })

  const lacking: readonly [string, string, string][] = [
    ['Waiting', 'items', 'status.items: Invalid value: what is held or waited for is in sequence and items; give both'],
    [
      'Reserved',
      'sequence',
      'status.items: Invalid value: what is held or waited for is in sequence and items; give both',
    ],
    ['Waiting', 'waitlist', 'status.waitlist: Invalid value: since when it waits is in waitlist; give it'],
    ['Confirmed', 'reservedAt', 'status.reservedAt: Invalid value: when the hold began is in reservedAt; give it'],
    ['Reserved', 'expiresAt', 'status.expiresAt: Invalid value: when the hold runs out is in expiresAt; give it'],
  ]
  for (const [phase, field, sentence] of lacking) {
    it(`refuses the phase ${phase} without ${field}`, async () => {
      const name = await reservation()
      const { [field]: _, ...status } = statusIn(phase) as Record<string, unknown>
      assert.deepEqual(await refusedChange(name, { status }), [sentence])
    })
  }

  it('refuses a line that names no stock', async () => {
    const name = await reservation()
    const status = { ...statusIn('Reserved'), items: [{ ...line, stockUID: '' }] }
    assert.match((await refusedChange(name, { status })).join(), /^status\.items\[0\]\.stockUID: Invalid value: "": /)
  })
})
