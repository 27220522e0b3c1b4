import assert from 'node:assert/strict'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import type { Caller, Right } from '../../../../../operator/application/gateway/caller.ts'
import { guestCalls, REQUESTED_BY } from '../../../../../operator/infrastructure/kubernetes/access/guest-calls.ts'
import { guestOf } from '../../../../../operator/infrastructure/kubernetes/access/guest-of.ts'
import { guestMayOf } from '../../../../../operator/infrastructure/kubernetes/access/may-of.ts'
import type { KubernetesObject } from '../../../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { resourceCalls } from '../../../../../operator/infrastructure/kubernetes/resource-client.ts'
import { written } from '../../../../../operator/infrastructure/kubernetes/resources/gateway-objects.ts'
import { reservationsResource } from '../../../../../operator/infrastructure/kubernetes/resources/reservations.ts'
import { answeringServer, json } from '../answering-server.ts'

const now = Date.UTC(2026, 10, 22, 10)
const audience = 'kbnt-gateway'
const username = 'system:serviceaccount:shop:till'
const user = {
  username,
  uid: 'u1',
  groups: ['system:serviceaccounts'],
  extra: { 'authentication.kubernetes.io/pod': ['p'] },
}
const till: Caller = {
  ...{ user: username, groups: user.groups, token: 'their.own.token', tokenKey: 'k' },
  guest: { uid: user.uid, extra: user.extra },
}
const list: Right = { verb: 'list', resource: 'reservations', namespace: 'shop' }
const right = (verb: Right['verb'], name?: string): Right => ({ ...list, verb, ...(name !== undefined && { name }) })

function aToken(claims: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`
}

describe('guests, whose tokens are for the gateway alone', () => {
  let server: Awaited<ReturnType<typeof answeringServer>>

  beforeEach(async () => {
    server = await answeringServer()
  })
  afterEach(() => server.close())

  const ours = () => server.aClient({ user: { token: 'our-own' } })
  const whose = (token: string) => guestOf({ client: ours(), audience, now: () => now })(token)
  const may = (asked: Right) => guestMayOf(ours())(till, asked)
  const problemOf = async (answer: Promise<unknown>): Promise<Problem> => {
    const error = await answer.catch((caught: unknown) => caught)
    assert.ok(error instanceof Problem, String(error))
    return error
  }
  const sent = () => server.requests.map(({ headers }) => headers.authorization)

  describe('are known', () => {
    it('by a review of our own account for our audience, with all that the API server goes by', async () => {
      server.answers(json(201, { status: { authenticated: true, audiences: [audience], user } }))
      const token = aToken({ exp: now / 1_000 + 60, aud: audience })
      assert.deepEqual(await whose(token), {
        ...{ user: username, groups: user.groups, namespace: 'shop', expiresAtMs: now + 60_000 },
        guest: { uid: 'u1', extra: user.extra },
      })
      const [{ url = '', body = '' } = {}] = server.requests
      assert.match(url, /\/apis\/authentication\.k8s\.io\/v1\/tokenreviews$/)
      assert.deepEqual(JSON.parse(body).spec, { token, audiences: [audience] })
      assert.deepEqual(sent(), ['Bearer our-own'])
    })

    it('also where they are no ServiceAccount, and the API server says little', async () => {
      server.answers(json(201, { status: { authenticated: true, audiences: [audience], user: { username: 'ana' } } }))
      assert.deepEqual(await whose('opaque'), { user: 'ana', groups: [], guest: {} })
    })
  })

  for (const [what, status] of [
    ['is nobody’s', { authenticated: false }],
    ['is nobody’s, with an error', { error: 'invalid bearer token' }],
    ['is of somebody, but for whom nobody says', { authenticated: true, user }],
    ['is for nobody', { authenticated: true, audiences: [], user }],
    ['is for somebody else', { authenticated: true, audiences: ['vault'], user }],
    ['is for us, but not known', { authenticated: false, audiences: [audience], user }],
    ['is for us as a text', { authenticated: 'true', audiences: [audience], user }],
  ] as const)
    it(`are nobody by a token that ${what}`, async () => {
      server.answers(json(201, { status }))
      assert.deepEqual((await problemOf(whose('t'))).reason, 'Unauthorized')
    })

  it('are told when their token has ended', async () => {
    server.answers(json(201, { status: { authenticated: false } }))
    const problem = await problemOf(whose(aToken({ exp: now / 1_000 - 60 })))
    assert.equal(problem.facts.detail, 'The token ended at 2026-11-22T09:59:00Z: get a new one')
  })

  for (const [what, status, answer] of [
    ['may not ask', 403, { kind: 'Status', reason: 'Forbidden', message: 'User "gateway" cannot create it' }],
    ['is not known any more', 401, { kind: 'Status', reason: 'Unauthorized' }],
  ] as const)
    it(`bear no blame when the gateway's own account ${what}`, async () => {
      server.answers(json(status, answer))
      const [who, what] = [await problemOf(whose('t')), await problemOf(may(list))]
      assert.deepEqual([who.status, what.status], [503, 503])
      assert.match(who.facts.detail, /own account ask, which needs the right to create tokenreviews/)
      assert.match(what.facts.detail, /the right to create subjectaccessreviews/)
    })

  for (const [what, body] of [
    ['nothing', undefined],
    ['no status', {}],
    ['nobody', { status: { authenticated: true, audiences: [audience] } }],
    ['a nameless one', { status: { authenticated: true, audiences: [audience], user: { username: '' } } }],
  ] as const)
    it(`are not let in when a review has ${what} in it`, async () => {
      server.answers(json(201, body))
      assert.equal((await problemOf(whose('t'))).reason, 'ApiServerAway')
    })

  it('may what a review of our own account says of them, with all that is known of them', async () => {
    server.answers(json(201, { status: { allowed: true } }))
    assert.deepEqual(await may(right('patch', 'r1')), { allowed: true })
    const [{ url = '', body = '' } = {}] = server.requests
    assert.match(url, /\/apis\/authorization\.k8s\.io\/v1\/subjectaccessreviews$/)
    assert.deepEqual(JSON.parse(body).spec, {
      ...{ user: username, groups: user.groups, uid: 'u1', extra: user.extra },
      resourceAttributes: {
        ...{ verb: 'patch', group: 'kbnt.io', resource: 'reservations', namespace: 'shop', name: 'r1' },
      },
    })
    server.answers(json(201, { status: { allowed: false, reason: 'no' } }))
    assert.deepEqual(await may(list), { allowed: false, reason: 'no' })
    server.answers(json(201, { status: {} }))
    await assert.rejects(may(list), { reason: 'ApiServerAway' })
    assert.deepEqual(new Set(sent()), new Set(['Bearer our-own']))
  })

  describe('have calls of our own account', () => {
    const object = { metadata: { namespace: 'shop', name: 'r1', annotations: { kept: 'yes' } } } as KubernetesObject
    const asked: Right[] = []
    const callsWhere = (allowed: boolean, fault = new Problem('Forbidden', { detail: 'no' })) => {
      asked.length = 0
      const calls = resourceCalls<KubernetesObject>(ours(), reservationsResource)
      const may = async (caller: Caller, right: Right) => {
        assert.equal(caller, till)
        asked.push(right)
        if (!allowed) throw fault
      }
      return guestCalls({ calls, resource: 'reservations', may }, till)
    }
    const every = (calls: ReturnType<typeof callsWhere>) => [
      calls.get('shop', 'r1'),
      calls.list({ namespace: 'shop' }),
      calls.create(object),
      calls.mergePatch('shop', 'r1', { spec: { state: 'Confirmed' } }),
    ]

    it('each after the question whether they may just that', async () => {
      server.answers(json(200, { metadata: { resourceVersion: '1' }, items: [] }))
      await Promise.all(every(callsWhere(true)))
      assert.deepEqual(asked, [right('get', 'r1'), right('list'), right('create'), right('patch', 'r1')])
      assert.deepEqual(new Set(sent()), new Set(['Bearer our-own']))
    })

    it('and none that they may not', async () => {
      for (const result of await Promise.allSettled(every(callsWhere(false)))) assert.equal(result.status, 'rejected')
      assert.equal(asked.length, 4)
      assert.deepEqual(server.requests, [])
    })

    it('that say for whom they write, and leave what else is there', async () => {
      server.answers(json(200, {}))
      const calls = callsWhere(true)
      await calls.create(object)
      await calls.mergePatch('shop', 'r1', { spec: { state: 'Confirmed' } })
      const bodies = server.requests.map(({ body }) => JSON.parse(body))
      assert.deepEqual(bodies[0].metadata.annotations, { kept: 'yes', [REQUESTED_BY]: username })
      assert.deepEqual(bodies[1], {
        spec: { state: 'Confirmed' },
        metadata: { annotations: { [REQUESTED_BY]: username } },
      })
    })

    it('that say for whom, whatever they were given to say', async () => {
      server.answers(json(200, {}))
      const metadata = { namespace: 'shop', name: 'r1', annotations: { [REQUESTED_BY]: 'somebody else' } }
      await callsWhere(true).create({ metadata } as KubernetesObject)
      assert.equal(JSON.parse(server.requests[0]?.body ?? '').metadata.annotations[REQUESTED_BY], username)
    })

    it('whose refusal before anything was sent is no unknown outcome', async () => {
      const away = new Problem('ApiServerAway', { detail: 'no review' })
      const answer = written(callsWhere(false, away).create(object), () => 'seen')
      assert.equal(await problemOf(answer), away)
    })

    it('that blame nobody’s token when ours is not taken', async () => {
      server.answers(json(401, { kind: 'Status', reason: 'Unauthorized' }))
      const problem = await problemOf(written(callsWhere(true).create(object), () => 'seen'))
      assert.deepEqual([problem.status, problem.reason], [503, 'ApiServerAway'])
      assert.match(problem.facts.detail, /does not take this gateway's own token/)
    })
  })
})
