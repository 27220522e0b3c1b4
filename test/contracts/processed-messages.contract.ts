import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type {
  ProcessedMessage,
  ProcessedMessages,
} from '../../operator/application/virtualization/processed-messages.ts'

/** What must hold of whatever remembers messages. `another`: the same memory as another process has it. */
export function processedMessagesContract(
  where: string,
  make: () => Promise<{ readonly processed: ProcessedMessages; readonly another: ProcessedMessages }>,
): void {
  describe(`processed messages, ${where}`, () => {
    let processed: ProcessedMessages
    let another: ProcessedMessages
    let message: (name: string, particular?: Partial<ProcessedMessage>) => ProcessedMessage
    let named: (name: string) => string

    beforeEach(async () => {
      ;({ processed, another } = await make())
      const id = randomUUID()
      named = (name) => `vr-${name}-${id}`
      message = (name, particular = {}) => ({
        ...{ name: named(name), namespace: 'desk', messageId: name, digest: 'd-1', requestUid: `${id}-${name}` },
        ...{ outcome: 'Completed', reason: 'Running', endedAt: Date.parse('2026-11-30T10:00:00Z') },
        origin: { topic: 'asks', partition: 1, offset: 41n },
        ...particular,
      })
    })
    const find = async (names: readonly string[]) => {
      const found = await another.find(names.map(named))
      return Object.fromEntries(names.map((name) => [name, found.get(named(name))]))
    }

    it('know nothing of what they were never told, nor of no names at all', async () => {
      assert.equal((await processed.find([named('never')])).size, 0)
      assert.equal((await processed.find([])).size, 0)
      await processed.remember([])
    })

    it('tell every process what became of a message', async () => {
      await processed.remember([message('one'), message('two', { outcome: 'Failed', digest: 'd-2' })])
      assert.deepEqual(await find(['one', 'two', 'three']), {
        one: { digest: 'd-1', outcome: 'Completed' },
        two: { digest: 'd-2', outcome: 'Failed' },
        three: undefined,
      })
    })

    it('stay as they are when the same is told again, also in one go and by two processes at once', async () => {
      const all = Array.from({ length: 40 }, (_, index) => message(`m-${index}`))
      await Promise.all([processed.remember(all), another.remember(all.toReversed()), processed.remember(all)])
      await processed.remember([message('m-0', { digest: 'other' }), message('m-0', { digest: 'another' })])
      const found = await processed.find(all.map(({ name }) => name))
      assert.deepEqual([found.size, found.get(named('m-0'))?.digest], [40, 'd-1'])
    })

    it('go by the request that came later, where a name was given a second time', async () => {
      await processed.remember([message('one')])
      await another.remember([message('one', { requestUid: 'later', digest: 'd-2', outcome: 'Failed' })])
      assert.deepEqual(await find(['one']), { one: { digest: 'd-2', outcome: 'Failed' } })
    })

    it('take whatever an object may say', async () => {
      const strange = { messageId: `zero\0byte \ud800 ${'x'.repeat(5_000)}`, endedAt: 9e15, reason: '\0' }
      const origin = { topic: 'asks', partition: 999_999_999, offset: 9_999_999_999_999_999_999n }
      await processed.remember([message('strange', { ...strange, origin }), message('one', { endedAt: -1 })])
      assert.deepEqual(
        Object.values(await find(['strange', 'one'])).map((each) => each?.digest),
        ['d-1', 'd-1'],
      )
    })

    it('are forgotten by the time since they were first told', async () => {
      await processed.remember([message('one')])
      await processed.forget(60_000)
      assert.ok((await find(['one'])).one, 'it is young')
      await setTimeout(5)
      assert.ok((await processed.forget(0)) >= 1)
      assert.deepEqual(await find(['one']), { one: undefined })
      assert.equal(await processed.forget(0), 0)
    })
  })
}
