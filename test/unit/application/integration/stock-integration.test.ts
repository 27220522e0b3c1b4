import assert from 'node:assert/strict'
import { anEvent, aRecord, created, stockNote } from '../../../fixtures/integration-events.ts'
import { answered, lost, RETRIES, site, unsent } from './integration-site.ts'

const reserved = anEvent({ sequence: 3 })
const confirmed = anEvent({ sequence: 4, verb: 'Confirm' })
const adjusted = anEvent(stockNote({ verb: 'Adjust', sequence: 5 }))
const done = { kind: 'done', neighbour: 'east' }

const NO_OBJECT = 'its value is no JSON object, or nested more than 32 levels deep'

describe('the flow integration', () => {
  it('tells the other side once, and knows of it when the message comes again', async () => {
    const { handle, calls, log } = site()
    assert.deepEqual(await handle(created()), done)
    assert.deepEqual(await handle(created()), { kind: 'done' })
    assert.deepEqual(calls, ['POST /stock-created'])
    const row = log.rows.get('uid-grinder-1')
    assert.deepEqual([row?.status, row?.externalId, row?.offset], ['PROCESSED', 'EXT-uid-grinder-1', 1n])
  })

  it('calls a stock by the id that the other side gave it', async () => {
    const { handle, calls, log } = site()
    await handle(created())
    await handle(adjusted)
    assert.deepEqual(calls, ['POST /stock-created', 'PUT /stock-updated/EXT-uid-grinder-1'])
    assert.equal(log.rows.get('uid-grinder-5')?.externalId, 'EXT-uid-grinder-1')
  })

  it('leaves out what has no route, what is no event of a stock, and a state older than one that is there', async () => {
    const { handle, calls, statusOf } = site()
    await handle(created())
    await handle(adjusted)
    assert.deepEqual(await handle(anEvent(stockNote({ verb: 'Adjust', sequence: 2 }))), { kind: 'done' })
    await handle(anEvent({ verb: 'Extend', sequence: 6 }))
    await handle({ ...reserved, headers: { ...reserved.headers, ce_type: 'io.kbnt.machine.running.v1', ce_id: 'm' } })
    assert.deepEqual(
      [2, 6].map((sequence) => statusOf(`uid-grinder-${sequence}`)),
      ['SKIPPED', 'SKIPPED'],
    )
    assert.equal(statusOf('m'), undefined)
    assert.equal(calls.length, 2)
  })

  it('lets nobody take the place of an event that is still to come by its id', async () => {
    const { handle, calls } = site()
    const { headers } = created()
    await handle({ ...created(), headers: { ...headers, ce_type: 'com.acme.enriched.v1', ce_source: '/acme' } })
    await handle(created())
    assert.equal(calls.length, 1)
  })

  it('what can not be read is dead, with a row where its id is known', async () => {
    const { handle, statusOf } = site()
    const answer = await handle({ ...reserved, value: 'nonsense' })
    assert.deepEqual(answer, { kind: 'dead', cause: 'Unreadable', reason: NO_OBJECT })
    assert.equal(statusOf('uid-grinder-3'), 'FAILED')
    const nameless = await handle({ ...reserved, headers: {} })
    assert.equal(nameless.kind, 'dead')
  })

  it('waits with all others while the world is at fault, and tells it then', async () => {
    for (const [reply, wanted] of [
      [unsent, { certain: true, cause: 'BreakerOpen', retryAfterMs: 700 }],
      [lost, { certain: false, cause: 'Timeout' }],
      [answered(503), { certain: false, cause: 'Http503' }],
      [answered(401), { certain: true, cause: 'Http401' }],
    ] as const) {
      const { handle, script, statusOf, log } = site()
      script('POST uid-grinder-3', reply)
      const { reason: _, ...answer } = { reason: '', ...(await handle(reserved)) }
      assert.deepEqual(answer, { kind: 'wait', neighbour: 'east', ...wanted })
      assert.equal(statusOf('uid-grinder-3'), 'FAILED')
      assert.deepEqual(await handle(reserved), done)
      assert.deepEqual([statusOf('uid-grinder-3'), log.rows.get('uid-grinder-3')?.attempts], ['PROCESSED', 1])
    }
  })

  it('goes to the retries when the message is at fault', async () => {
    const { handle, script, statusOf } = site()
    script('POST uid-grinder-3', answered(422, 'no such article'), answered(422))
    assert.deepEqual(await handle(reserved), {
      ...{ kind: 'retry', cause: 'Http422' },
      reason: 'uid-grinder-3: POST /stock-reserved is answered 422: no such article',
    })
    assert.equal((await handle(reserved, RETRIES)).kind, 'dead')
    assert.equal(statusOf('uid-grinder-3'), 'FAILED')
  })

  it('a message of the first topic has no retries behind it, whatever its headers say', async () => {
    const { handle, script } = site()
    script('POST uid-grinder-3', answered(422))
    const headers = { ...reserved.headers, kbnt_attempt: '9', kbnt_group: 'g' }
    assert.equal((await handle({ ...reserved, headers })).kind, 'retry')
  })

  it('a POST dies with one before it that is dead, a PUT goes on, and both come again in their order', async () => {
    const { handle, script, statusOf, calls } = site()
    await handle(created())
    script('POST uid-grinder-3', answered(422))
    await handle(reserved, RETRIES)
    const answer = await handle(confirmed)
    assert.equal(answer.kind === 'dead' && answer.cause, 'AfterDeadLetter')
    assert.deepEqual(await handle(adjusted), done)
    assert.deepEqual(await handle(reserved), done)
    assert.deepEqual(await handle(confirmed), done)
    assert.deepEqual(
      [3, 4, 5].map((sequence) => statusOf(`uid-grinder-${sequence}`)),
      Array(3).fill('PROCESSED'),
    )
    assert.equal(calls.filter((call) => call.includes('confirmed')).length, 1)
  })

  it('a stock without an id of theirs is refused where one is needed, and so is an answer that gives none', async () => {
    const { handle, script } = site()
    assert.equal((await handle(adjusted)).kind, 'dead')
    script('POST uid-grinder-1', answered(201, '{}'))
    const answer = await handle(created())
    assert.equal(answer.kind === 'retry' && answer.cause, 'NoExternalId')
  })

  describe('with a record of several entries', () => {
    const record = aRecord([{ sequence: 3 }, { sequence: 4, verb: 'Confirm' }, { sequence: 5, verb: 'Adjust' }])

    it('tells them one after the other, and goes on where it was', async () => {
      const { handle, script, calls, log } = site()
      await handle(created())
      script('POST uid-grinder-4', lost)
      assert.equal((await handle(record)).kind, 'wait')
      assert.deepEqual(await handle(record), done)
      assert.deepEqual(calls.slice(1), [
        ...['POST /stock-reserved', 'POST /stock-confirmed', 'POST /stock-confirmed'],
        'PUT /stock-updated/EXT-uid-grinder-1',
      ])
      assert.deepEqual(
        [...log.rows.values()].map(({ status }) => status),
        Array(4).fill('PROCESSED'),
      )
    })

    it('stops at one that is refused, and tells what follows when that is given up', async () => {
      const { handle, script, statusOf, calls } = site()
      await handle(created())
      script('POST uid-grinder-3', answered(422), answered(422))
      assert.equal((await handle(record)).kind, 'retry')
      assert.equal(calls.length, 2)
      const answer = await handle(record, RETRIES)
      assert.match(answer.kind === 'dead' ? answer.reason : '', /^uid-grinder-3: .* 422/)
      assert.deepEqual(
        [3, 4, 5].map((sequence) => statusOf(`uid-grinder-${sequence}`)),
        ['FAILED', 'FAILED', 'PROCESSED'],
      )
      await handle(record) // redriven
      assert.deepEqual(
        [3, 4, 5].map((sequence) => statusOf(`uid-grinder-${sequence}`)),
        Array(3).fill('PROCESSED'),
      )
    })

    it('takes a new turn before it is taken for one that hangs', async () => {
      const { handle, state, calls } = site()
      await handle(created())
      state.callMs = 40_000
      const answer = await handle(record)
      assert.equal(answer.kind === 'wait' && answer.cause, 'Unfinished')
      assert.deepEqual(await handle(record), done)
      assert.equal(calls.length, 4)
    })
  })

  it('a worker that has lost its place tells nobody anything', async () => {
    const { handle, state, calls } = site()
    state.member = false
    const answer = await handle(reserved)
    assert.equal(answer.kind === 'wait' && answer.cause, 'NotOurs')
    assert.equal(calls.length, 0)
  })

  it('waits for its log, and tells with the same key again what it could not write down', async () => {
    const { handle, state, calls } = site()
    state.logAway = true
    const answer = await handle(reserved)
    assert.deepEqual(answer, { kind: 'wait', certain: false, cause: 'LogAway', reason: 'the database is away' })
    assert.equal(calls.length, 0)
    state.logAway = false
    assert.deepEqual(await handle(reserved), done)
  })
})
