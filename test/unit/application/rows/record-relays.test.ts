import assert from 'node:assert/strict'
import type { Delivery } from '../../../../operator/application/event/publisher.ts'
import { type Random, randomFrom } from '../../../simulation/world/random.ts'
import { away, refusal } from '../event/a-relay.ts'
import { aProcess, aRecordWorld } from './a-record-relay.ts'

const WORLDS = 25
const STEPS = 40

describe('several RecordRelays at once', function () {
  this.timeout(120_000)

  it('deliver everything, each stock in order by its first delivery', async () => {
    const world = aRecordWorld()
    const { books, clock, isDelivered } = world
    const bean = books.open()
    const relays = [aProcess(world, 1), aProcess(world, 2)]
    for (let record = 0; record < 50; record++) {
      books.write(bean, 2)
      await clock.advance(record)
    }
    await clock.advance(3_000)
    assert.ok(isDelivered(bean, 1, ...Array.from({ length: 50 }, (_, index) => 2 * index + 2)))
    assert.deepEqual(
      relays.map(({ lost, troubles }) => [lost, troubles]),
      [
        [[], []],
        [[], []],
      ],
    )
  })

  it(`lose nothing and have nothing out of order in ${WORLDS} worlds where all goes wrong for a while`, async () => {
    for (let seed = 1; seed <= WORLDS; seed++) {
      const fault = await faultIn(randomFrom(seed))
      assert.equal(fault, undefined, `seed ${seed}: ${fault}`)
    }
  })
})

/** Relays come and die over a few stocks while topics and the database fail; then all is well. Answers what is not. */
async function faultIn(random: Random): Promise<string | undefined> {
  const slow = random.pick([0, 5, 30]) ?? 0
  const world = aRecordWorld(() => random.between(0, slow))
  const { books, clock, kafka } = world
  const stocks = Array.from({ length: random.between(1, 5) }, () => books.open())
  const records = new Map(stocks.map((uid) => [uid, [1]]))
  const ends = new Map(stocks.map((uid) => [uid, 1]))
  let trouble = random.next() * 0.6
  const isTrouble = () => random.chance(trouble)
  const sick = new Set(stocks.filter(() => random.chance(0.3)))
  kafka.answer((topic, ids) => answerTo(topic, ids))
  books.failing(() => (isTrouble() ? new Error('away') : undefined), random.chance(0.5))
  const relays: ReturnType<typeof aProcess>[] = []

  function answerTo(_: string, ids: readonly string[]): Delivery {
    const hasSick = ids.some((id) => [...sick].some((uid) => id.startsWith(uid)))
    if (trouble > 0 && hasSick && random.chance(0.8)) return refusal
    if (!isTrouble()) return { kind: 'acknowledged' }
    const arrived = random.between(0, ids.length)
    const kind = random.chance(0.5) ? 'unavailable' : 'unfinished'
    return random.chance(0.3) ? away : { kind, reason: 'slow', arrived }
  }
  function write(uid: string, count: number): void {
    for (let record = 0; record < count; record++) {
      const entries = random.between(1, 20)
      const last = ends.get(uid) ?? 0
      books.write(uid, entries)
      records.get(uid)?.push(last + 1)
      ends.set(uid, last + entries)
    }
  }
  for (let step = 0; step < STEPS; step++) {
    if (relays.length === 0 || random.chance(0.1)) relays.push(aProcess(world, step + 1))
    if (relays.length > 1 && random.chance(0.1)) void relays.shift()?.relay.stop(0)
    for (let count = random.between(0, 4); count > 0; count--) {
      write(random.pick(stocks) as string, random.chance(0.1) ? random.between(50, 200) : 1)
    }
    await clock.advance(random.chance(0.2) ? random.between(0, 20_000) : random.between(0, 100))
  }
  trouble = 0
  if (relays.length === 0) relays.push(aProcess(world))
  await clock.advance(40_000)
  const late = stocks.filter((uid) => !world.isDelivered(uid, ...(records.get(uid) ?? [])))
  if (late.length > 0) return `${late.map((uid) => `${world.arrived('audit', uid)} of ${records.get(uid)}`).join('; ')}`
  return relays.some(({ lost }) => lost.length > 0) ? 'something counts as lost' : undefined
}
