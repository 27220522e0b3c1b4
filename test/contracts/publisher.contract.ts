import assert from 'node:assert/strict'
import type { EventPublisher, TopicMessage } from '../../operator/application/event/publisher.ts'

export interface PublisherUnderTest {
  readonly publisher: EventPublisher
  /** Two topics that nobody has written to yet. */
  readonly topics: readonly [string, string]
  /** A topic that refuses every message; absent where there is no such thing. */
  readonly refusing?: string
  /** What lies in the topic, in its order. */
  read(topic: string): Promise<readonly TopicMessage[]>
  /** Called after each case. */
  end(): Promise<void>
}

export function aMessage(number: number, change: Partial<TopicMessage> = {}): TopicMessage {
  return {
    key: 'shop/espresso-machine',
    value: JSON.stringify({ sequence: number, note: 'crème brûlée ☕' }),
    headers: { ce_id: `uid-${number}`, ce_type: 'io.kbnt.reservation.reserved.v1' },
    timestampMs: 1_763_800_000_000 + number,
    ...change,
  }
}

export function messages(count: number, from = 0): TopicMessage[] {
  return Array.from({ length: count }, (_, index) => aMessage(from + index))
}

/** What every EventPublisher promises. */
export function publisherContract(name: string, open: () => Promise<PublisherUnderTest>): void {
  describe(`${name} as an EventPublisher`, () => {
    let subject: PublisherUnderTest
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(() => subject.end())

    it('delivers key, value, headers and timestamp as given', async () => {
      const { publisher, topics } = subject
      assert.deepEqual(await publisher.publish([{ topic: topics[0], messages: messages(3) }]), [
        { kind: 'acknowledged' },
      ])
      assert.deepEqual(await subject.read(topics[0]), messages(3))
    })

    it('answers for each topic in the order of the batches', async () => {
      const { publisher, topics } = subject
      const answers = await publisher.publish([
        { topic: topics[1], messages: messages(2) },
        { topic: topics[0], messages: messages(1) },
      ])
      assert.deepEqual(answers, [{ kind: 'acknowledged' }, { kind: 'acknowledged' }])
      assert.equal((await subject.read(topics[1])).length, 2)
      assert.equal((await subject.read(topics[0])).length, 1)
    })

    it('keeps the order over publishes that do not wait for each other', async () => {
      const { publisher, topics } = subject
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, round) =>
          publisher.publish([{ topic: topics[0], messages: messages(5, round * 5) }]),
        ),
      )
      assert.ok(answers.every(([answer]) => answer?.kind === 'acknowledged'))
      assert.deepEqual(await subject.read(topics[0]), messages(100))
    })

    it('keeps the order of a batch too large for one request', async () => {
      const { publisher, topics } = subject
      const large = Array.from({ length: 1_500 }, (_, index) =>
        aMessage(index, { value: JSON.stringify({ index, pad: 'x'.repeat(900) }) }),
      )
      assert.deepEqual(await publisher.publish([{ topic: topics[0], messages: large }]), [{ kind: 'acknowledged' }])
      assert.deepEqual(await subject.read(topics[0]), large)
    })

    it('sends the same bytes again when told to', async () => {
      const { publisher, topics } = subject
      for (const _ of [1, 2]) await publisher.publish([{ topic: topics[0], messages: messages(2) }])
      assert.deepEqual(await subject.read(topics[0]), [...messages(2), ...messages(2)])
    })

    it('acknowledges an empty batch and an empty publish without writing', async () => {
      const { publisher, topics } = subject
      assert.deepEqual(await publisher.publish([]), [])
      assert.deepEqual(await publisher.publish([{ topic: topics[0], messages: [] }]), [{ kind: 'acknowledged' }])
      assert.deepEqual(await subject.read(topics[0]), [])
    })

    it('refuses for the topic concerned only', async function () {
      const { publisher, topics, refusing } = subject
      if (refusing === undefined) return this.skip() // a stream refuses nothing
      const answers = await publisher.publish([
        { topic: topics[0], messages: messages(2) },
        { topic: refusing, messages: messages(1) },
        { topic: topics[1], messages: messages(3) },
      ])
      assert.deepEqual(
        answers.map(({ kind }) => kind),
        ['acknowledged', 'refused', 'acknowledged'],
      )
      assert.deepEqual(await subject.read(topics[0]), messages(2))
      assert.deepEqual(await subject.read(topics[1]), messages(3))
    })

    it('is unavailable after it was closed, twice if need be', async () => {
      const { publisher, topics } = subject
      await publisher.close()
      await publisher.close()
      const [answer] = await publisher.publish([{ topic: topics[0], messages: messages(1) }])
      assert.equal(answer?.kind, 'unavailable')
      assert.deepEqual(await subject.read(topics[0]), [])
    })
  })
}
