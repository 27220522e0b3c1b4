import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import { issuedTo } from '../../../../operator/infrastructure/oidc/issued-to.ts'
import { issuerKeys, type KeyTimes } from '../../../../operator/infrastructure/oidc/issuer-keys.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { anIssuer, type Issuer } from '../../../fixtures/issuer.ts'

const names = { usernameClaim: 'sub', usernamePrefix: 'login:', groupsClaim: 'groups', groupsPrefix: 'login:' }

/** At once: no key that was not there a moment ago has to wait. */
const atOnce = { cooldownMs: 0 }

describe('tokens of an issuer', function () {
  this.timeout(20_000)
  let directory: string
  let issuer: Issuer
  let forged: Issuer | undefined
  const startMs = Date.now()
  const seconds = Math.floor(startMs / 1_000)
  let nowMs = startMs

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-issuer-'))
  })
  after(() => rm(directory, { recursive: true, force: true }))
  beforeEach(async () => {
    nowMs = startMs
    issuer = await anIssuer({ directory, nowMs: () => nowMs })
  })
  afterEach(async () => {
    await issuer.close()
    await forged?.close()
    forged = undefined
  })

  interface Desk {
    readonly times?: Partial<KeyTimes>
    readonly caFile?: string | undefined
    readonly algorithms?: string[]
    /** Called when keys have come. */
    readonly onFetch?: () => void
  }

  function aDesk(change: Desk = {}) {
    const clock = fakeClock()
    const { times = atOnce, algorithms = ['RS256', 'ES256'] } = change
    const caFile = 'caFile' in change ? change.caFile : issuer.caFile
    const fetched = issuerKeys({ jwksUri: issuer.jwksUri, caFile, clock, times })
    const keys: typeof fetched = async (header, token) => {
      const key = await fetched(header, token)
      change.onFetch?.()
      return key
    }
    const terms = { ...names, issuer: issuer.issuer, audience: 'kbnt-gateway', algorithms }
    return { clock, whose: issuedTo({ terms, keys, now: () => nowMs }) }
  }
  const shown = ({ status, reason }: Problem) => `${status} ${reason}`
  const refusal = async (answer: Promise<unknown>): Promise<Problem> => {
    const error = await answer.catch((caught: unknown) => caught)
    assert.ok(error instanceof Problem, String(error))
    return error
  }

  it('say who it is, with groups and the end of the token', async () => {
    const { whose } = aDesk()
    assert.deepEqual(await whose(await issuer.token({ groups: ['shops'] })), {
      ...{ user: 'login:ana', groups: ['login:shops'], guest: {}, expiresAtMs: (seconds + 600) * 1_000 },
    })
  })

  for (const alg of ['RS256', 'ES256'])
    it(`may be signed by ${alg}`, async () => {
      await issuer.rotate(alg)
      assert.equal((await aDesk().whose(await issuer.token())).user, 'login:ana')
    })

  it('are taken for several audiences, and from 5 s before their time', async () => {
    const { whose } = aDesk()
    await whose(await issuer.token({ aud: ['account', 'kbnt-gateway'] }))
    await whose(await issuer.token({ nbf: seconds + 4 }))
  })

  it('are taken to the millisecond of their end and not in it, even where the keys come only then', async () => {
    const token = await issuer.token({ exp: seconds + 1 })
    const endMs = (seconds + 1) * 1_000
    const { whose } = aDesk()
    nowMs = endMs - 1
    assert.equal((await whose(token)).expiresAtMs, endMs)
    for (const afterMs of [0, 999, 4_000]) {
      nowMs = endMs + afterMs
      const problem = await refusal(whose(token))
      assert.equal(problem.facts.detail, 'The token is not taken: it has ended: get a new one', `after ${afterMs} ms`)
    }
    nowMs = endMs - 1
    const late = aDesk({ onFetch: () => (nowMs = endMs) })
    assert.equal(shown(await refusal(late.whose(token))), '401 Unauthorized')
  })

  for (const [what, claims, says] of [
    ['of another audience', { aud: 'vault' }, /it is not for "kbnt-gateway"/],
    ['of no audience', { aud: undefined }, /it is not for "kbnt-gateway"/],
    ['of another issuer', { iss: 'https://else.example' }, /iss/],
    ['that have ended', { exp: seconds - 60 }, /it has ended: get a new one/],
    ['that never end', { exp: undefined }, /exp/],
    ['that end some day', { exp: 'tomorrow' }, /exp/],
    ['that are not valid yet', { nbf: seconds + 60 }, /nbf/],
    ['of nobody', { sub: undefined }, /its claim sub is no name/],
  ] as const)
    it(`are not taken ${what}`, async () => {
      const problem = await refusal(aDesk().whose(await issuer.token(claims)))
      assert.equal(shown(problem), '401 Unauthorized')
      assert.match(problem.facts.detail, says)
    })

  it('are not taken by another algorithm, which nobody fetches a key for', async () => {
    const [, payload = ''] = (await issuer.token()).split('.')
    const { whose } = aDesk()
    const jwt = (header: object, sign: (text: string) => string) => {
      const text = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}`
      return `${text}.${sign(text)}`
    }
    for (const token of [
      jwt({ alg: 'none' }, () => ''),
      jwt({ alg: 'HS256', kid: 'key-1' }, (text) => createHmac('sha256', 'known').update(text).digest('base64url')),
      jwt({ alg: 'ES384', kid: 'key-1' }, () => 'c2ln'),
      jwt({}, () => 'c2ln'),
      jwt({ alg: ['ES256'], kid: 'key-1' }, () => 'c2ln'),
    ])
      assert.equal(shown(await refusal(whose(token))), '401 Unauthorized')
    assert.equal(issuer.fetches(), 0)
  })

  it('are not taken by an algorithm that the settings leave out', async () => {
    await issuer.rotate('ES256')
    const token = await issuer.token()
    assert.equal(shown(await refusal(aDesk({ algorithms: ['RS256'] }).whose(token))), '401 Unauthorized')
  })

  it('are not taken when they were changed, bring a key along, or ask for what nobody knows', async () => {
    const token = await issuer.token()
    const [header = '', , signature = ''] = token.split('.')
    const other = Buffer.from(
      JSON.stringify({ iss: issuer.issuer, aud: 'kbnt-gateway', sub: 'bob', exp: seconds + 60 }),
    )
    forged = await anIssuer({ directory, nowMs: () => nowMs })
    const { whose } = aDesk()
    for (const bad of [
      `${header}.${other.toString('base64url')}.${signature}`,
      `${token.slice(0, -6)}AAAAAA`,
      await forged.token({ iss: issuer.issuer }, { jku: forged.jwksUri }),
      await issuer.token({}, { crit: ['b64'], b64: false } as object).catch(() => 'e30.e30.e30'),
      'e30.e30.e30',
      'not.a.token',
    ])
      assert.equal(shown(await refusal(whose(bad))), '401 Unauthorized', bad.slice(0, 20))
    assert.equal(forged.fetches(), 0)
  })

  it('are taken by new keys at once, and no more by those that are gone', async () => {
    const { whose } = aDesk()
    const old = await issuer.token()
    await whose(old)
    await issuer.rotate('RS256')
    assert.equal((await whose(await issuer.token())).user, 'login:ana')
    assert.equal(shown(await refusal(whose(old))), '401 Unauthorized')
  })

  it('cost one fetch, however many come at once and however many keys they make up', async () => {
    const { whose } = aDesk({ times: { cooldownMs: 60_000 } })
    const token = await issuer.token()
    await Promise.all(Array.from({ length: 50 }, () => whose(token)))
    const unknown = await issuer.token({}, { kid: 'made-up' })
    for (let times = 0; times < 50; times += 1) assert.equal(shown(await refusal(whose(unknown))), '401 Unauthorized')
    assert.equal(issuer.fetches(), 1)
  })

  it('are taken by keys that are looked at anew in steady time, wherever somebody sets the clock', async () => {
    const { whose, clock } = aDesk({ times: {} })
    const old = await issuer.token()
    await whose(old)
    clock.jump(-3_600_000)
    await issuer.rotate()
    const changed = await issuer.token()
    assert.equal(shown(await refusal(whose(changed))), '401 Unauthorized')
    await clock.advance(10_000)
    assert.equal((await whose(changed)).user, 'login:ana')
    await issuer.rotate()
    await clock.advance(599_999)
    await whose(changed)
    clock.jump(-3_600_000)
    await clock.advance(1)
    assert.equal(shown(await refusal(whose(changed))), '401 Unauthorized')
    assert.equal(issuer.fetches(), 3)
  })

  for (const [what, answer] of [
    ['fails', { status: 500 }],
    ['sends us elsewhere', { status: 302 }],
    ['answers nonsense', { status: 200, body: '<html>' }],
    ['answers no keys', { status: 200, body: '{"keys": 7}' }],
    ['answers more than any keys', { status: 200, body: `{"keys": []}${' '.repeat(300_000)}` }],
    ['answers nothing', 'nothing'],
  ] as const)
    it(`wait for an issuer that ${what}, who is not asked again at once`, async () => {
      issuer.answers(answer)
      const { whose, clock } = aDesk({ times: { ...atOnce, timeoutMs: 200 } })
      const token = await issuer.token()
      for (let times = 0; times < 5; times += 1) {
        const problem = await refusal(whose(token))
        assert.equal(shown(problem), '503 IssuerAway')
        assert.equal(
          problem.facts.detail,
          `Who calls could not be found out: the keys of ${issuer.issuer} are not to be had`,
        )
      }
      const fetched = issuer.fetches()
      issuer.answers(undefined)
      await clock.advance(2_000)
      assert.equal((await whose(token)).user, 'login:ana')
      assert.equal(fetched, 1)
    })

  it('wait for an issuer that nobody listens for, or whose server nobody vouches for', async () => {
    const token = await issuer.token()
    for (const caFile of [undefined, join(directory, 'nothing')])
      assert.equal(shown(await refusal(aDesk({ caFile }).whose(token))), '503 IssuerAway')
    await issuer.close()
    assert.equal(shown(await refusal(aDesk().whose(token))), '503 IssuerAway')
  })

  it('are taken by known keys while the issuer is away', async () => {
    const { whose } = aDesk()
    const token = await issuer.token()
    await whose(token)
    issuer.answers({ status: 500 })
    assert.equal((await whose(token)).user, 'login:ana')
    const unknown = await issuer.token({}, { kid: 'made-up' })
    assert.equal(shown(await refusal(whose(unknown))), '503 IssuerAway')
    assert.equal((await whose(token)).user, 'login:ana')
  })
})
