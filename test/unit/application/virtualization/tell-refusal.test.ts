import assert from 'node:assert/strict'
import type { StockEvent } from '../../../../operator/domain/event/event.ts'
import { type Blame, headersOf } from '../../../../operator/domain/flow/journey.ts'
import { aFlow, HOUR, rule, sent } from './taking-flow.ts'

describe('takeRequests, of what is refused', () => {
  const none = { ...rule, topic: 'poor', pools: [] }
  const told: StockEvent[] = []
  let fault: Blame | undefined
  const tell = async (event: StockEvent) => {
    told.push(event)
    return fault
  }
  const poor = { topic: 'poor', partition: 2, offset: 5n }
  beforeEach(() => {
    told.length = 0
    fault = undefined
  })

  it('tells the sender by an event that says the same whenever the message comes', async () => {
    const { handle, clock } = aFlow('as sent', { rules: [rule, none], tell })
    const headers = headersOf({ origin: poor, group: 'g', attempt: 1, dueMs: 0 }, { cause: 'c', reason: 'r' })
    await handle(sent, poor)
    await handle(sent, { topic: 'again', headers })
    await handle(sent, { timestampMs: clock.now() - HOUR - 1 })
    const [first, repeated, old] = told
    assert.equal(told.length, 3)
    assert.equal(repeated?.id, first?.id)
    assert.notEqual(old?.id, first?.id)
    const reasons = told.map(({ value }) => (JSON.parse(value) as { reason: string }).reason)
    assert.deepEqual(reasons, ['NotAllowed', 'NotAllowed', 'TooOld'])
  })

  it('tells nobody of a namespace that its topic may not name, nor of what no rule speaks of', async () => {
    const { handle } = aFlow('as sent', { rules: [{ ...rule, namespaces: ['other'] }], tell })
    for (const answer of [await handle(), await handle(sent, { topic: 'unruled' })])
      assert.equal((answer as { cause: string }).cause, 'NotAllowed')
    assert.deepEqual(told, [])
  })

  it('keeps what it can not tell of where it is', async () => {
    const { handle } = aFlow('as sent', { rules: [none], tell })
    fault = { cause: 'EventsAway', reason: 'no' }
    assert.deepEqual(await handle(sent, poor), { kind: 'wait', certain: true, ...fault })
  })

  it('is a dead letter without an event, where none could say it', async () => {
    const { handle } = aFlow('as sent', { rules: [none], tell })
    const answer = await handle({ ...sent, messageType: 'no such type' }, poor)
    assert.deepEqual([answer.kind, told], ['dead', []])
  })
})
