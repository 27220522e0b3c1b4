import assert from 'node:assert/strict'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import type { Caller, Right } from '../../../../../operator/application/gateway/caller.ts'
import { identityOf } from '../../../../../operator/infrastructure/kubernetes/access/identity-of.ts'
import { mayOf } from '../../../../../operator/infrastructure/kubernetes/access/may-of.ts'
import { answeringServer, json } from '../answering-server.ts'

const now = Date.UTC(2026, 10, 22, 10)
const caller: Caller = { user: 'ana', groups: [], token: 'good', tokenKey: 'k' }
const list: Right = { verb: 'list', resource: 'reservations', namespace: 'shop' }

function aToken(claims: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`
}

describe('reviews at the API server', () => {
  let server: Awaited<ReturnType<typeof answeringServer>>

  beforeEach(async () => {
    server = await answeringServer()
  })

  afterEach(() => server.close())

  const parts = () => ({ callers: server.aCallerClient(), now: () => now })
  const whose = (token: string) => identityOf(parts())(token)
  const may = (right: Right) => mayOf(parts())({ ...caller, token: 'good' }, right)
  const problemOf = async (answer: Promise<unknown>): Promise<Problem> => {
    const error = await answer.catch((caught: unknown) => caught)
    assert.ok(error instanceof Problem, String(error))
    return error
  }

  it('say whose a token is, its namespace and when it ends', async () => {
    const username = 'system:serviceaccount:shop:till'
    server.answers(json(201, { status: { userInfo: { username, groups: ['g'], uid: 'u' } } }))
    const token = aToken({ exp: now / 1_000 + 60 })
    assert.deepEqual(await whose(token), {
      ...{ user: username, groups: ['g'], namespace: 'shop', expiresAtMs: now + 60_000 },
    })
    assert.equal(server.requests[0]?.headers.authorization, `Bearer ${token}`)
  })

  for (const [what, token] of [
    ['no JWT', 'opaque'],
    ['no JSON', 'e30.e30x.c2ln'],
    ['nothing', 'e30.bnVsbA.c2ln'],
    ['an end that is no number', aToken({ exp: 'tomorrow' })],
    ['an end that is no time', aToken({ exp: 1e300 })],
  ] as const)
    it(`take a person's token that says ${what}`, async () => {
      server.answers(json(201, { status: { userInfo: { username: 'ana' } } }))
      assert.deepEqual(await whose(token), { user: 'ana', groups: [] })
    })

  for (const [what, token, detail] of [
    ['has ended', aToken({ exp: now / 1_000 - 60 }), 'The token ended at 2026-11-22T09:59:00Z: get a new one'],
    [
      'is for somebody else',
      aToken({ exp: now, aud: ['vault'] }),
      /^The API server does not take the token: its audience "vault" is none/,
    ],
    ['has very many audiences', aToken({ aud: 'a'.repeat(9_000) }), /^.{0,250}$/],
    ['says nothing', 'opaque', /^The API server does not know the token/],
  ] as const)
    it(`explain why they refuse a token that ${what}`, async () => {
      server.answers(json(401, { kind: 'Status', reason: 'Unauthorized' }))
      for (const answer of [whose(token), mayOf(parts())({ ...caller, token }, list)]) {
        const problem = await problemOf(answer)
        assert.deepEqual([problem.status, problem.reason], [401, 'Unauthorized'])
        if (typeof detail === 'string') assert.equal(problem.facts.detail, detail)
        else assert.match(problem.facts.detail, detail)
        assert.ok(!problem.facts.detail.includes(token))
      }
    })

  it('take nobody in whose token got lost on the way', async () => {
    server.answers(json(201, { status: { userInfo: { username: 'system:anonymous', groups: [] } } }))
    assert.equal((await problemOf(whose('good'))).reason, 'Unauthorized')
  })

  for (const [what, status, answer, seconds] of [
    ['fails', 500, { kind: 'Status', message: 'etcd is away' }, 2],
    ['is overloaded', 429, { kind: 'Status', details: { retryAfterSeconds: 7 } }, 7],
    ['is behind something that lets nobody through', 403, 'go away', 2],
    ['knows no reviews', 404, { kind: 'Status', reason: 'NotFound' }, 2],
    ['answers nonsense', 200, { status: {} }, 2],
    ['answers nothing', 200, undefined, 2],
  ] as const)
    it(`blame the API server when it ${what}`, async () => {
      server.answers((request, response) =>
        answer === undefined ? response.writeHead(status).end() : json(status, answer)(request, response),
      )
      for (const asked of [whose('good'), may(list)]) {
        const problem = await problemOf(asked)
        assert.deepEqual([problem.status, problem.reason], [503, 'ApiServerAway'])
        assert.equal(problem.facts.retryAfterSeconds, seconds)
      }
    })

  it('blame the API server when it is not there, without saying where it should be', async () => {
    const asking = parts()
    await server.vanish()
    for (const answer of [identityOf(asking)('good'), mayOf(asking)(caller, list)]) {
      const problem = await problemOf(answer)
      assert.equal(problem.reason, 'ApiServerAway')
      assert.doesNotMatch(problem.facts.detail, /127\.0\.0\.1/)
      assert.match(String(problem.cause), /ECONNREFUSED/)
    }
  })

  it('pass on that somebody may not even ask', async () => {
    const message = 'selfsubjectreviews is forbidden: User "ana" cannot create it'
    server.answers(json(403, { kind: 'Status', reason: 'Forbidden', message }))
    const problem = await problemOf(whose('good'))
    assert.deepEqual([problem.status, problem.reason, problem.facts.detail], [403, 'Forbidden', message])
  })

  it('ask for one right and give the verdict with its reasons', async () => {
    server.answers(json(201, { status: { allowed: true, reason: 'RBAC: allowed' } }))
    assert.deepEqual(await may({ ...list, verb: 'get', name: 'r1' }), { allowed: true })
    const { spec } = JSON.parse(server.requests[0]?.body ?? '')
    const resourceAttributes = {
      verb: 'get',
      group: 'kbnt.io',
      resource: 'reservations',
      namespace: 'shop',
      name: 'r1',
    }
    assert.deepEqual(spec, { resourceAttributes })
    server.answers(json(201, { status: { allowed: false, reason: 'no', evaluationError: 'no such role' } }))
    assert.deepEqual(await may(list), { allowed: false, reason: 'no; no such role' })
    server.answers(json(201, { status: { allowed: false } }))
    assert.deepEqual(await may(list), { allowed: false, reason: '' })
  })
})
