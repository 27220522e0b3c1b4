import assert from 'node:assert/strict'
import { anEvent, aRelay, away, firsts, idsOf } from './a-relay.ts'

const STOCKS = Array.from({ length: 12 }, (_, index) => `stock${index}`)
const SICK = ['stock0', 'stock7']
const SECONDS = 300
const isSick = (id: string) => SICK.some((stock) => id.startsWith(`${stock}-`))

/** Each stock has an event a second; topics named `sick` take nothing in which there is one of a sick stock. */
async function flow(sick: readonly string[]) {
  const world = aRelay({ spoolAfterMs: 30_000 })
  world.kafka.answer((topic, ids) => (sick.includes(topic) && ids.some(isSick) ? away : { kind: 'acknowledged' }))
  for (let sequence = 1; sequence <= SECONDS; sequence += 1) {
    for (const stock of STOCKS) world.send(stock, anEvent(stock, sequence))
    await world.clock.advance(1_000)
  }
  return world
}

describe('events of a stock that their partition does not take', () => {
  for (const { where, sick } of [
    { where: 'a topic of which others take theirs', sick: ['audit'] },
    { where: 'any topic: their broker is away', sick: ['moves', 'audit'] },
  ])
    it(`in ${where}, hold up those of no other stock, and arrive in order once it takes them`, async () => {
      const { clock, kafka, relay, done } = await flow(sick)
      for (const stock of STOCKS.filter((one) => !SICK.includes(one)))
        for (const topic of ['moves', 'audit'])
          assert.deepEqual(firsts(kafka.of(topic, stock)), idsOf(stock, 1, SECONDS), `${topic} ${stock}`)
      assert.deepEqual([kafka.of('audit', 'stock0'), relay.open], [[], false])
      const vain = kafka.publishes.filter(({ session, ids }) => session === 'trials' && ids.some(isSick)).length
      assert.ok(vain <= sick.length * SICK.length * SECONDS, `${vain} trials: more than one a second`)
      kafka.comeBack()
      await clock.advance(60_000)
      for (const stock of SICK) assert.deepEqual(firsts(kafka.of('audit', stock)), idsOf(stock, 1, SECONDS))
      assert.deepEqual([relay.undelivered, relay.spooledEvents, new Set(done).size], [0, 0, STOCKS.length * SECONDS])
    })
})
