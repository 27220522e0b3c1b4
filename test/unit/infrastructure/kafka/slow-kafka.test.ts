import assert from 'node:assert/strict'
import type { TopicMessages } from 'kafkajs'
import { pause } from '../../../../operator/application/clock.ts'
import { parcelOf } from '../../../../operator/application/event/lane.ts'
import { relay } from '../../../../operator/application/event/relay.ts'
import type { Logger } from '../../../../operator/application/logger.ts'
import { kafkaPublisher } from '../../../../operator/infrastructure/kafka/kafka-publisher.ts'
import type { ProducerSession } from '../../../../operator/infrastructure/kafka/producer-session.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'

const topics = ['moves', 'audit']
const MESSAGE_BYTES = 1_070

/** Brokers that take so many bytes a second. What is cut off arrives all the same, when it would have. */
function slowBrokers(clock: FakeClock, bytesPerSecond: number) {
  const arrived = new Map<string, string[]>(topics.map((topic) => [topic, []]))
  let speed = bytesPerSecond
  let deaf = false
  let mostAtOnce = 0

  async function take(sent: readonly TopicMessages[]): Promise<void> {
    const count = sent.reduce((sum, { messages }) => sum + messages.length, 0)
    mostAtOnce = Math.max(mostAtOnce, count)
    await pause(clock, ((count * MESSAGE_BYTES) / speed) * 1_000)
    for (const { topic, messages } of sent)
      arrived.get(topic)?.push(...messages.map(({ headers }) => String(headers?.['ce_id'])))
  }

  function newSession(): ProducerSession {
    const givenUp = Promise.withResolvers<never>()
    givenUp.promise.catch(() => undefined)
    return {
      connected: async () => undefined,
      async send(sent) {
        await Promise.race([take(sent), givenUp.promise])
        if (deaf) throw new Error('connection lost')
      },
      giveUp: () => givenUp.reject(new Error('given up')),
      close: async () => undefined,
    }
  }

  return {
    newSession,
    arrived,
    become(bytes: number) {
      speed = bytes
    },
    /** From now on everything arrives and nothing is answered. */
    loseAnswers(lost: boolean) {
      deaf = lost
    },
    mostAtOnce() {
      const most = mostAtOnce
      mostAtOnce = 0
      return most
    },
  }
}

function aRelayTo(bytesPerSecond: number) {
  const clock = fakeClock()
  const brokers = slowBrokers(clock, bytesPerSecond)
  const troubles: string[] = []
  const retries: string[] = []
  const lines: string[] = []
  const say = (line: string) => void lines.push(line)
  const logger: Logger = { debug() {}, info: say, warn: say, error: say, child: () => logger, enabled: () => false }
  const connection = { brokers: [], clientId: 'kbnt' }
  const publisher = kafkaPublisher({ connection, clock, logger, newSession: brokers.newSession })
  const subject = relay({
    ...{ clock, publisher, spoolAfterMs: 36_000_000, maxSpooledBytes: 1 << 28 },
    spools: {
      list: async () => [],
      create: () => Promise.reject(new Error('nothing is spooled here')),
      read: async () => undefined,
      remove: async () => undefined,
    },
    ...{ onDelivered: () => undefined, onProgress: () => undefined, onLost: () => undefined },
    onTrouble: (_, { cause }) => troubles.push(String(cause)),
    onRetry: (_, cause) => retries.push(cause),
  })
  const sent = new Map<string, number>()
  const send = (stock: string, count: number) => {
    const from = sent.get(stock) ?? 0
    sent.set(stock, from + count)
    const events = Array.from({ length: count }, (_, index) => eventOf(stock, from + index + 1, clock.now()))
    subject.send(
      stock,
      `shop/${stock}`,
      events.map((event) => parcelOf(event, () => undefined)),
    )
  }
  /** Until all is delivered; answers how many seconds that took. */
  async function untilDelivered(withinS: number): Promise<number> {
    for (let second = 1; second <= withinS; second += 1) {
      await clock.advance(1_000)
      if (subject.undelivered === 0) return second
    }
    throw new Error(`${subject.undelivered} events are left after ${withinS} s`)
  }
  return { clock, brokers, relay: subject, troubles, retries, lines, send, sent, untilDelivered }
}

function eventOf(stock: string, sequence: number, timestampMs: number) {
  const id = `${stock}-${sequence}`
  const texts = { id, type: 'io.kbnt.reservation.reserved.v1', key: stock, value: 'x'.repeat(950) }
  return { ...texts, sequence, headers: { ce_id: id }, timestampMs, topics }
}

/** Each topic has every event of each stock, first deliveries in order; answers how often the most repeated one came. */
function assertComplete({ brokers, sent }: ReturnType<typeof aRelayTo>): number {
  let most = 0
  for (const ids of brokers.arrived.values()) {
    for (const [stock, count] of sent) {
      const firsts = [...new Set(ids.filter((id) => id.startsWith(`${stock}-`)))]
      assert.deepEqual(
        firsts,
        Array.from({ length: count }, (_, index) => `${stock}-${index + 1}`),
      )
    }
    const times = new Map<string, number>()
    for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1)
    most = Math.max(most, ...times.values())
  }
  return most
}

describe('the relay with a Kafka that is slow', () => {
  for (const [kiloBytes, mostTimes] of [
    [1_000, 1],
    [200, 1],
    [100, 1],
    [40, 2],
    [10, 4],
    [1, 8],
  ] as const) {
    it(`delivers a backlog at ${kiloBytes} kB/s about as fast as Kafka takes it, little of it twice`, async () => {
      const world = aRelayTo(kiloBytes * 1_000)
      const perStock = kiloBytes >= 40 ? 250 : 25
      for (let stock = 0; stock < 10; stock += 1) world.send(`s${stock}-of`, perStock)
      const seconds = (perStock * 10 * topics.length * MESSAGE_BYTES) / (kiloBytes * 1_000)
      await world.untilDelivered(Math.ceil(seconds * 1.2) + 40)
      assert.ok(assertComplete(world) <= mostTimes)
    }).timeout(60_000)
  }

  it('says that Kafka is slow at once and then seldom, and not that it is away', async () => {
    const world = aRelayTo(200_000)
    for (let stock = 0; stock < 10; stock += 1) world.send(`s${stock}-of`, 2_500)
    const seconds = await world.untilDelivered(400)
    assert.deepEqual(new Set(world.retries), new Set(['Slow']))
    assert.ok(world.troubles.length >= 5 && world.troubles.length <= 1 + seconds / 30, `${world.troubles.length}`)
    assert.deepEqual(world.lines, ['Kafka answers'])
  }).timeout(60_000)

  it('sends little at once while Kafka is slow, and much again when it is not', async () => {
    const world = aRelayTo(10_000_000)
    const { clock, brokers, send } = world
    const most = async (seconds: number) => {
      brokers.mostAtOnce()
      for (let second = 0; second < seconds; second += 1) {
        send('a-of', 400)
        await clock.advance(1_000)
      }
      return brokers.mostAtOnce()
    }
    const before = await most(10)
    brokers.become(5_000)
    await clock.advance(10_000)
    send('a-of', 400)
    await clock.advance(200_000)
    const meanwhile = brokers.mostAtOnce() && (await most(20))
    brokers.become(10_000_000)
    await clock.advance(60_000)
    await most(10)
    const after = await most(10)
    assert.ok(before > 400 && meanwhile < 50 && after > 400, `${before}, ${meanwhile}, ${after}`)
    await world.untilDelivered(60)
    assertComplete(world)
  }).timeout(60_000)

  it('repeats no more than two messages a second of a topic while every answer is lost', async () => {
    const world = aRelayTo(10_000_000)
    for (let stock = 0; stock < 10; stock += 1) world.send(`s${stock}-of`, 250)
    world.brokers.loseAnswers(true)
    await world.clock.advance(600_000)
    const repeated = [...world.brokers.arrived.values()].map((ids) => ids.length - new Set(ids).size)
    assert.ok(Math.max(...repeated) < 1_200, `${repeated}`)
    world.brokers.loseAnswers(false)
    await world.untilDelivered(60)
    assertComplete(world)
  }).timeout(60_000)

  it('gives each topic and each stock its turn while events come as fast as Kafka takes them', async () => {
    const world = aRelayTo(100_000)
    const stocks = Array.from({ length: 20 }, (_, index) => `s${index}-of`)
    for (const stock of stocks) world.send(stock, 100)
    for (let second = 1; second <= 600; second += 1) {
      for (const stock of stocks) world.send(stock, 2)
      await world.clock.advance(1_000)
      const oldestMs = Math.max(0, ...[...world.relay.lanes()].map((lane) => lane.oldestMs))
      assert.ok(oldestMs < 90_000, `${oldestMs} ms after ${second} s`)
    }
    await world.untilDelivered(60)
    assertComplete(world)
  }).timeout(60_000)
})
