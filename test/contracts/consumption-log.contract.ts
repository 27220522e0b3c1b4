import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { ConsumptionLog, ConsumptionRow } from '../../operator/application/integration/consumption-log.ts'

/** What a log must do, whatever keeps it. `another`: the same target's log as another process has it. */
export function consumptionLogContract(
  where: string,
  make: () => Promise<{ readonly log: ConsumptionLog; readonly another: ConsumptionLog }>,
): void {
  describe(`the consumption log, ${where}`, () => {
    let log: ConsumptionLog
    let another: ConsumptionLog
    let uid: string
    let row: (particular?: Partial<ConsumptionRow>) => ConsumptionRow

    beforeEach(async () => {
      ;({ log, another } = await make())
      uid = randomUUID()
      row = (particular = {}) => ({
        ...{ eventId: `${uid}-${particular.sequence ?? 3}`, occasion: 'reservation.reserved', stock: 'shop/grinder' },
        ...{ stockUid: uid, sequence: 3, topic: 'stock-audit-logs', partition: 1, offset: 41n, status: 'PROCESSED' },
        ...{ blocks: false, externalId: undefined, attempts: 0, durationMs: 5, error: undefined },
        ...particular,
      })
    })
    const statusOf = async (id: string) => (await another.known([id], [])).events.get(id)?.status

    it('knows nothing of what it was never told', async () => {
      const { events, stocks } = await log.known([`${uid}-1`], [uid])
      assert.equal(events.size, 0)
      const nothing = { externalId: undefined, putSequence: undefined, blockedFrom: undefined }
      assert.deepEqual(stocks.get(uid) ?? nothing, nothing)
    })

    it('tells every process what became of an event, and what was learnt of its stock', async () => {
      await log.record([
        row({ sequence: 1, learnt: { externalId: 'EXT-1' } }),
        row({ sequence: 2, status: 'FAILED', attempts: 2, blocks: true, error: 'no\0thing' }),
        row({ sequence: 3, status: 'FAILED', attempts: 1, blocks: true }),
      ])
      const { events, stocks } = await another.known([`${uid}-1`, `${uid}-2`, `${uid}-9`], [uid])
      const known = [...events].map(([id, { ageMs, ...others }]) => {
        assert.ok(ageMs >= 0 && ageMs < 60_000, `${ageMs}`)
        return [id, others]
      })
      assert.deepEqual(Object.fromEntries(known), {
        [`${uid}-1`]: { status: 'PROCESSED', attempts: 0 },
        [`${uid}-2`]: { status: 'FAILED', attempts: 2 },
      })
      assert.deepEqual(stocks.get(uid), { externalId: 'EXT-1', putSequence: undefined, blockedFrom: 2 })
    })

    it('keeps one row of each event: the first that is settled', async () => {
      for (const status of ['NEEDS_ATTENTION', 'FAILED', 'PROCESSED', 'FAILED', 'SKIPPED'] as const)
        await log.record([row({ status })])
      assert.equal(await statusOf(`${uid}-3`), 'PROCESSED')
    })

    it('takes the same event twice in one go, and the same from two processes at once', async () => {
      await log.record([row({ status: 'FAILED' }), row({ status: 'PROCESSED', learnt: { putSequence: 3 } })])
      assert.equal(await statusOf(`${uid}-3`), 'PROCESSED')
      const rows = Array.from({ length: 20 }, (_, index) =>
        row({ sequence: 10 + index, learnt: { putSequence: index } }),
      )
      await Promise.all([log.record(rows), another.record(rows.toReversed()), log.record(rows)])
      const { events, stocks } = await log.known(
        rows.map(({ eventId }) => eventId),
        [uid],
      )
      assert.deepEqual([events.size, stocks.get(uid)?.putSequence], [20, 19])
    })

    it('remembers the latest state that was put, in whatever order it is told, and an id that nobody gives again', async () => {
      await log.record([row({ sequence: 5, learnt: { putSequence: 5, externalId: 'EXT-1' } })])
      await another.record([row({ sequence: 4, learnt: { putSequence: 4 } })])
      assert.deepEqual((await log.known([], [uid])).stocks.get(uid), {
        ...{ externalId: 'EXT-1', putSequence: 5, blockedFrom: undefined },
      })
    })

    it('lets one alone claim an event of which nobody knows, once that has been so for long enough', async () => {
      const claim = row({ status: 'NEEDS_ATTENTION' })
      await log.record([claim])
      assert.equal(await another.claim(claim, 60_000), false)
      const { ageMs = Number.NaN } = (await log.known([claim.eventId], [])).events.get(claim.eventId) ?? {}
      await setTimeout(20)
      const claimed = await Promise.all([log.claim(claim, ageMs + 15), another.claim(claim, ageMs + 15)])
      assert.equal(claimed.filter((each) => each).length, 1, 'whoever claims it makes it new')
      await log.record([row({ status: 'PROCESSED' })])
      assert.equal(await log.claim(claim, 0), false)
    })

    it('lets one alone claim an event, and again once it has failed', async () => {
      const claim = row({ status: 'NEEDS_ATTENTION' })
      const claimed = await Promise.all([log.claim(claim), another.claim(claim), log.claim(claim)])
      assert.equal(claimed.filter((each) => each).length, 1)
      assert.equal(await statusOf(claim.eventId), 'NEEDS_ATTENTION')
      await log.record([row({ status: 'FAILED' })])
      assert.equal(await another.claim(claim), true)
      await log.record([row({ status: 'PROCESSED' })])
      assert.equal(await log.claim(claim), false)
      assert.equal(await statusOf(claim.eventId), 'PROCESSED')
    })

    it('what blocked its stock does so no more when it is through', async () => {
      await log.record([row({ status: 'FAILED', blocks: true })])
      await log.record([row({ status: 'PROCESSED' })])
      assert.equal((await log.known([], [uid])).stocks.get(uid)?.blockedFrom, undefined)
    })
  })
}
