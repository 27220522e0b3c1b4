import assert from 'node:assert/strict'
import type { EventSpools, SpoolRef } from '../../operator/application/event/event-spools.ts'
import type { OutgoingEvent } from '../../operator/application/event/outgoing-event.ts'
import { bytesOfAll } from '../../operator/application/event/spool-batch.ts'

export const spoolEvents = (first: number, last: number, note = 'für ☕'): OutgoingEvent[] =>
  Array.from({ length: last - first + 1 }, (_, index) => ({
    id: `stock-${first + index}`,
    type: 'io.kbnt.reservation.reserved.v1',
    sequence: first + index,
    key: 'shop/lamp',
    headers: { ce_id: `stock-${first + index}`, 'content-type': 'application/json' },
    value: JSON.stringify({ sequence: first + index, note }),
    timestampMs: Date.UTC(2026, 10, 22, 10),
    topics: ['stock-audit-logs'],
  }))

const rangeOf = ({ name, uid, stockUid, firstSequence, lastSequence, count, bytes }: SpoolRef) => ({
  ...{ name, uid, stockUid, firstSequence, lastSequence, count, bytes },
})

/** Every promise of the port EventSpools. */
export function eventSpoolsContract(describedAs: string, spools: () => EventSpools): void {
  describe(`EventSpools: ${describedAs}`, () => {
    /** Others look at the same server, and would take them for events that were left behind. */
    after(async () => {
      const ours = (await spools().list()).filter(({ stockUid }) => stockUid.startsWith('contract-'))
      await Promise.all(ours.map((ref) => spools().remove(ref)))
    })

    it('gives back to the letter what was stored', async () => {
      const ref = await spools().create('contract-a', spoolEvents(3, 5))
      assert.deepEqual([ref.stockUid, ref.firstSequence, ref.lastSequence], ['contract-a', 3, 5])
      assert.deepEqual(await spools().read(ref), spoolEvents(3, 5))
    })

    it('takes 256 events', async () => {
      const ref = await spools().create('contract-b', spoolEvents(1, 256))
      assert.equal((await spools().read(ref))?.length, 256)
    })

    it('answers what is there already instead of storing it twice', async () => {
      const first = await spools().create('contract-c', spoolEvents(1, 2))
      const again = await spools().create('contract-c', spoolEvents(1, 4))
      assert.deepEqual([again.uid, again.lastSequence], [first.uid, 2])
      assert.equal((await spools().read(again))?.length, 2)
    })

    it('lists every batch', async () => {
      const ref = await spools().create('contract-d', spoolEvents(7, 9))
      const listed = (await spools().list()).find(({ uid }) => uid === ref.uid)
      assert.deepEqual(listed && rangeOf(listed), rangeOf(ref))
      assert.deepEqual([ref.firstSequence, ref.lastSequence, ref.count], [7, 9, 3])
      assert.equal(ref.bytes, bytesOfAll(spoolEvents(7, 9)))
    })

    it('says how many events a batch has, not how many there might be', async () => {
      const events = spoolEvents(1, 9).filter(({ sequence }) => sequence % 4 === 1)
      const ref = await spools().create('contract-f', events)
      assert.deepEqual([ref.firstSequence, ref.lastSequence, ref.count], [1, 9, 3])
    })

    it('removes exactly the batch that it is given, and minds none that is gone', async () => {
      const ref = await spools().create('contract-e', spoolEvents(1, 1))
      await spools().remove({ ...ref, uid: '00000000-0000-0000-0000-000000000000' })
      assert.ok(await spools().read(ref), 'another batch of that name stays')
      await spools().remove(ref)
      assert.equal(await spools().read(ref), undefined)
      await spools().remove(ref)
    })
  })
}
