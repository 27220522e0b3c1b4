import assert from 'node:assert/strict'
import { headersOf, ORIGINAL_TIMESTAMP } from '../../../../operator/domain/flow/journey.ts'
import { timeText } from '../../../../operator/domain/time-text.ts'
import { requestNameOf } from '../../../../operator/domain/virtualization/identity.ts'
import { sha256 } from '../../../fixtures/request-builders.ts'
import { aFlow, HOUR, rule, sent } from './taking-flow.ts'

const otherwise = { ...sent, payload: { ...sent.payload, specification: { cpu: 2, pool: 'small' } } }
const tooMany = { whose: 'all', reason: 'too many' } as const

describe('takeRequests', () => {
  it('stores a message once under its own name, and counts it as begun', async () => {
    const { handle, created, begun } = aFlow()
    assert.deepEqual(await handle(), { kind: 'done', neighbour: 'api-server' })
    const { payload, ...others } = sent
    await handle({ payload, ...others, timestamp: 'later', messageType: sent.messageType })
    const [first, second] = created
    assert.deepEqual([first?.namespace, first?.spec], ['desk', sent])
    assert.match(first?.name ?? '', /^vr-[0-9a-f]{40}$/)
    assert.deepEqual([second?.name, second?.digest], [first?.name, first?.digest])
    assert.equal(begun(), 2)
  })

  it('has another number for what asks for something else, and another name in another namespace', async () => {
    const { handle, created } = aFlow()
    await handle()
    await handle({ ...sent, payload: { ...sent.payload, specification: { cpu: 2, pool: 'small' } } })
    await handle({ ...sent, payload: { ...sent.payload, namespace: 'other' } })
    const [one, two, three] = created
    assert.equal(two?.name, one?.name)
    assert.notEqual(two?.digest, one?.digest)
    assert.notEqual(three?.name, one?.name)
  })

  for (const [what, stored, answer] of [
    ['another request of that id', { kind: 'there', message: otherwise }, { kind: 'dead', cause: 'IdReused' }],
    [
      'one of another id',
      { kind: 'there', message: { ...sent, messageId: 'm-2' } },
      { kind: 'dead', cause: 'IdReused' },
    ],
    ['a refusal', { kind: 'refused', cause: 'Invalid', reason: 'no' }, { kind: 'dead', cause: 'Invalid' }],
    ['a full namespace', { kind: 'later', cause: 'Quota', reason: 'no' }, { kind: 'retry', cause: 'Quota' }],
    [
      'a server that is away',
      { kind: 'away', certain: false, cause: 'NoAnswer', reason: 'no' },
      { kind: 'wait', certain: false, cause: 'NoAnswer', neighbour: 'api-server' },
    ],
    [
      'a right that is missing',
      { kind: 'away', certain: true, cause: 'Forbidden', reason: 'no', retryAfterMs: 5 },
      { kind: 'wait', certain: true, cause: 'Forbidden', neighbour: 'api-server', retryAfterMs: 5 },
    ],
  ] as const)
    it(`answers ${what} with ${answer.kind}, and counts nothing`, async () => {
      const { handle, begun } = aFlow(stored)
      const { reason, ...rest } = (await handle()) as { reason?: string }
      assert.deepEqual([rest, begun()], [answer, 0])
      assert.ok(reason)
    })

  it('has done what is stored of the same message, without what the schema does not know', async () => {
    const { handle, begun } = aFlow({ kind: 'there', message: sent })
    const specification = { ...sent.payload.specification, mascot: 'duck' }
    const answer = await handle({ ...sent, payload: { ...sent.payload, specification, extra: 1 } })
    assert.deepEqual([answer, begun()], [{ kind: 'done', neighbour: 'api-server' }, 1])
  })

  it('leaves in the topic what it may not begin yet', async () => {
    const { handle, created } = aFlow('as sent', {
      unfinished: { full: () => tooMany, beginning: () => () => undefined },
    })
    assert.deepEqual(await handle(), { kind: 'wait', certain: true, cause: 'TooManyUnfinished', reason: 'too many' })
    assert.deepEqual(created, [])
  })

  it('has what its namespace has no room for stand aside, ever longer, and gives up after two days', async () => {
    const full = (namespace: string) =>
      namespace === 'desk' ? ({ whose: 'namespace', reason: 'full' } as const) : undefined
    const unfinished = { full, beginning: () => () => undefined }
    const { handle, created, clock } = aFlow('as sent', { unfinished, oldestMs: 0 })
    const later = { kind: 'later', cause: 'NamespaceFull', reason: 'full' }
    const writtenAgo = (ms: number) => handle(sent, { timestampMs: clock.now() - ms })
    assert.deepEqual(await writtenAgo(0), { ...later, afterMs: 5_000 })
    assert.deepEqual(await writtenAgo(10 * HOUR), { ...later, afterMs: HOUR })
    assert.deepEqual(await writtenAgo(49 * HOUR), { ...later, kind: 'retry' })
    assert.deepEqual(created, [])
    assert.equal((await handle({ ...sent, payload: { ...sent.payload, namespace: 'other' } })).kind, 'done')
  })

  it('stores nothing that a topic may not ask for, nor what is as old as what is forgotten', async () => {
    const { handle, created, clock } = aFlow('as sent', { rules: [{ ...rule, namespaces: ['other'] }] })
    assert.equal(((await handle()) as { cause: string }).cause, 'NotAllowed')
    const old = aFlow()
    assert.equal(
      ((await old.handle(sent, { timestampMs: clock.now() - HOUR - 1 })) as { cause: string }).cause,
      'TooOld',
    )
    assert.deepEqual([...created, ...old.created], [])
    const forEver = aFlow('as sent', { oldestMs: 0 })
    assert.equal((await forEver.handle(sent, { timestampMs: 0 })).kind, 'done')
  })

  it('judges no message before it knows the time, also none that is too old or not allowed', async () => {
    let unknown: string | undefined = 'HTTP 403'
    const { handle, clock, created } = aFlow('as sent', {
      timeUnknown: () => unknown,
    })
    const old = { timestampMs: clock.now() - HOUR - 1 }
    for (const [value, particular] of [
      [sent, {}],
      [sent, old],
      ['no request', {}],
    ] as const) {
      assert.deepEqual(await handle(value as object, particular), {
        ...{ kind: 'wait', certain: true, cause: 'TimeUnknown', retryAfterMs: 5_000 },
        reason: "how old messages are can't be told: HTTP 403",
      })
    }
    assert.deepEqual(created, [])
    unknown = undefined
    assert.equal((await handle()).kind, 'done')
  })

  describe('of what comes from the retry topic', () => {
    const origin = { topic: 'asks', partition: 0, offset: 7n }
    const headers = (nowMs: number, ageMs: number) => ({
      ...headersOf({ origin, group: 'g', attempt: 1, dueMs: nowMs }, { cause: 'c', reason: 'r' }),
      [ORIGINAL_TIMESTAMP]: timeText(nowMs - ageMs),
    })

    it('goes by the rule and the age that it had at first', async () => {
      const { handle, clock } = aFlow()
      const again = (ageMs: number) => handle(sent, { topic: 'again', headers: headers(clock.now(), ageMs) })
      assert.equal((await again(0)).kind, 'done')
      assert.equal(((await again(HOUR + 1)) as { cause: string }).cause, 'TooOld')
    })

    it('believes such headers nowhere else', async () => {
      const { handle, clock } = aFlow('as sent', { rules: [rule, { ...rule, topic: 'poor', namespaces: [] }] })
      const forged = await handle(sent, { topic: 'poor', headers: headers(clock.now(), 0) })
      assert.equal((forged as { cause: string }).cause, 'NotAllowed')
    })
  })

  it('gives the place of one that is being made to others where storing it throws', async () => {
    let beginning = 0
    const unfinished = {
      full: () => undefined,
      beginning() {
        beginning += 1
        return () => {
          beginning -= 1
        }
      },
    }
    const store = { find: async () => ({ kind: 'none' as const }), create: () => Promise.reject(new Error('a fault')) }
    const { handle } = aFlow('as sent', { unfinished, store })
    await assert.rejects(handle(), /a fault/)
    assert.equal(beginning, 0)
  })

  describe('that ends a machine', () => {
    const end = (specification: object) => ({
      ...{ messageId: 'end', messageType: 'DELETE_VIRTUAL_MACHINE' },
      payload: { userId: 'ana', namespace: 'desk', specification },
    })
    const theirs = { ...sent, payload: { ...sent.payload, userId: 'bob', specification: { pool: 'vip' } } }
    const poor = { ...rule, pools: ['small'], users: ['ana'], types: ['DELETE_VIRTUAL_MACHINE'] } as const
    const name = requestNameOf('desk', 'm-1', sha256)
    const causeOf = (answer: object) => (answer as { cause?: string }).cause ?? 'done'

    it('is for what its topic might have asked for, and for nothing else', async () => {
      const { handle, found, created } = aFlow('as sent', { rules: [poor] })
      assert.equal(causeOf(await handle(end({ originalMessageId: 'm-1' }))), 'TargetUnknown')
      found.set(name, { kind: 'found', message: theirs })
      assert.equal(causeOf(await handle(end({ originalMessageId: 'm-1' }))), 'NotAllowed')
      assert.equal(causeOf(await handle(end({ uid: 'any' }))), 'NotAllowed')
      assert.deepEqual(created, [])
      found.set(name, { kind: 'found', message: sent })
      assert.equal(causeOf(await handle(end({ originalMessageId: 'm-1' }))), 'done')
      found.set(name, { kind: 'away', certain: false, cause: 'NoAnswer', reason: 'no' })
      assert.equal((await handle(end({ originalMessageId: 'm-1' }))).kind, 'wait')
    })

    it('waits ten minutes for what may still come, without a try, then it is tried as ever', async () => {
      let asked = 0
      const full = () => {
        asked += 1
        return undefined
      }
      const unfinished = { full, beginning: () => () => undefined }
      const { handle, clock } = aFlow('as sent', { rules: [poor], delaysMs: [500], unfinished })
      const written = { timestampMs: clock.now() }
      assert.deepEqual(await handle(end({ originalMessageId: 'm-1' }), written), {
        ...{ kind: 'later', cause: 'TargetUnknown', afterMs: 500 },
        reason: 'nothing is known yet of the message "m-1", so it can\'t be told whether this one may end it',
      })
      await clock.advance(600_000)
      assert.equal((await handle(end({ originalMessageId: 'm-1' }), written)).kind, 'later')
      assert.equal(asked, 0, 'nobody goes by whether there is room')
      await clock.advance(1)
      assert.equal((await handle(end({ originalMessageId: 'm-1' }), written)).kind, 'retry')
    })

    it('stands aside with what it ends, for as long as that namespace has no room', async () => {
      const full = (namespace: string) =>
        namespace === 'desk' ? ({ whose: 'namespace', reason: 'it has its share' } as const) : undefined
      const unfinished = { full, beginning: () => () => undefined }
      const { handle, clock } = aFlow('as sent', { rules: [poor], unfinished, oldestMs: 0 })
      const written = { timestampMs: clock.now() }
      await clock.advance(47 * HOUR)
      assert.equal((await handle(end({ originalMessageId: 'm-1' }), written)).kind, 'later')
      await clock.advance(2 * HOUR)
      assert.equal((await handle(end({ originalMessageId: 'm-1' }), written)).kind, 'retry')
    })

    it('may be any where its topic has that right', async () => {
      const { handle } = aFlow('as sent', { rules: [{ ...poor, endsAny: true }] })
      assert.equal(causeOf(await handle(end({ uid: 'any' }))), 'done')
    })

    it('finds room where others have to wait', async () => {
      const full = (_: string, ends?: boolean) => (ends ? undefined : tooMany)
      const unfinished = { full, beginning: () => () => undefined }
      const { handle } = aFlow('as sent', { unfinished, rules: [{ ...rule, endsAny: true }] })
      assert.equal(causeOf(await handle()), 'TooManyUnfinished')
      assert.equal(causeOf(await handle(end({ uid: 'any' }))), 'done')
    })
  })

  it('stores nothing in a namespace that nobody serves', async () => {
    const { handle, created } = aFlow()
    const answer = await handle({ ...sent, payload: { ...sent.payload, namespace: 'unserved' } })
    assert.equal((answer as { cause: string }).cause, 'NamespaceNotServed')
    assert.deepEqual(created, [])
  })
})
