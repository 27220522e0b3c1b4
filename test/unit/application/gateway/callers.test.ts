import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import { callers, type IdentityOf } from '../../../../operator/application/gateway/callers.ts'
import { askedServer, hash, lookUpParts, unknownToken } from './look-ups.ts'

const ana = { user: 'ana', groups: ['shops'] }

function aDesk(identityOf: (token: string) => ReturnType<IdentityOf>) {
  const { parts, ...world } = lookUpParts()
  const asked: string[] = []
  const counted: IdentityOf = (token) => {
    asked.push(token)
    return identityOf(token)
  }
  return { ...world, asked, desk: callers({ ...parts, hash, identityOf: counted }) }
}

describe('callers', () => {
  it('says who it is, with the token and an opaque key', async () => {
    const { desk } = aDesk(async () => ({ ...ana, namespace: 'shop' }))
    assert.deepEqual(await desk.of('good'), { ...ana, namespace: 'shop', token: 'good', tokenKey: hash('good') })
  })

  it('asks again after ten seconds and not before, whatever the wall clock does', async () => {
    const { desk, asked, clock, answers } = aDesk(async () => ana)
    await desk.of('good')
    clock.jump(3_600_000)
    await clock.advance(9_999)
    await desk.of('good')
    clock.jump(-7_200_000)
    assert.equal(asked.length, 1)
    await clock.advance(1)
    await desk.of('good')
    assert.equal(asked.length, 2)
    assert.deepEqual(answers, ['yes', 'yes, known', 'yes'])
  })

  it('counts the ten seconds from the question, not from the answer', async () => {
    const { desk, asked, clock } = aDesk(async () => {
      await new Promise<void>((resolve) => clock.schedule(3_000, resolve))
      return ana
    })
    const first = desk.of('good')
    await clock.advance(3_000)
    await first
    await clock.advance(6_999)
    await desk.of('good')
    assert.equal(asked.length, 1)
    await clock.advance(1)
    const second = desk.of('good')
    assert.equal(asked.length, 2)
    await clock.advance(3_000)
    await second
  })

  it('goes by nothing past the end of the token', async () => {
    const { desk, asked, clock } = aDesk(async () => {
      if (clock.now() >= end) throw unknownToken()
      return { ...ana, expiresAtMs: end }
    })
    const end = clock.now() + 2_000
    await desk.of('good')
    await clock.advance(1_999)
    await desk.of('good')
    assert.equal(asked.length, 1)
    await clock.advance(1)
    await assert.rejects(desk.of('good'), { reason: 'Unauthorized' })
    assert.equal(asked.length, 2)
  })

  it('knows a revoked token no longer than ten seconds', async () => {
    let revoked = false
    const { desk, clock } = aDesk(async () => {
      if (revoked) throw unknownToken()
      return ana
    })
    await desk.of('good')
    revoked = true
    await clock.advance(10_000)
    await assert.rejects(desk.of('good'), { reason: 'Unauthorized' })
  })

  it('remembers a refusal for ten seconds, and lets a token in that has become good', async () => {
    let good = false
    const { desk, asked, clock, answers } = aDesk(async () => {
      if (!good) throw unknownToken()
      return ana
    })
    await assert.rejects(desk.of('early'), { reason: 'Unauthorized', status: 401 })
    good = true
    await assert.rejects(desk.of('early'), { reason: 'Unauthorized' })
    assert.equal(asked.length, 1)
    await clock.advance(10_000)
    assert.equal((await desk.of('early')).user, 'ana')
    assert.deepEqual(answers, ['no', 'no, known', 'yes'])
  })

  it('remembers no failure', async () => {
    const faults: unknown[] = [new Problem('ApiServerAway', { detail: 'away' }), new Error('a fault of ours')]
    const { desk, asked, answers } = aDesk(async () => {
      const fault = faults.shift()
      if (fault) throw fault
      return ana
    })
    await assert.rejects(desk.of('good'), { reason: 'ApiServerAway' })
    await assert.rejects(desk.of('good'), /a fault of ours/)
    assert.equal((await desk.of('good')).user, 'ana')
    assert.equal(asked.length, 3)
    assert.deepEqual(answers, ['error', 'error', 'yes'])
  })

  it('asks once for a hundred calls at the same time, which all have the answer or the failure', async () => {
    const { asked, ask } = askedServer()
    const { desk } = aDesk(ask)
    const calls = Array.from({ length: 100 }, () => desk.of('good'))
    assert.equal(asked.length, 1)
    asked[0]?.answer.resolve(ana)
    assert.deepEqual(new Set((await Promise.all(calls)).map(({ user }) => user)), new Set(['ana']))
    const failing = Array.from({ length: 100 }, () => desk.of('other'))
    assert.equal(asked.length, 2)
    asked[1]?.answer.reject(unknownToken())
    const ends = await Promise.allSettled(failing)
    assert.ok(ends.every(({ status }) => status === 'rejected'))
  })

  it('looks up anew whom it is told to forget', async () => {
    const { desk, asked } = aDesk(async () => ana)
    desk.forget(await desk.of('good'))
    await desk.of('good')
    assert.equal(asked.length, 2)
  })

  for (const [what, token] of [
    ['empty', ''],
    ['longer than headers may be', 'a'.repeat(16_385)],
    ['of two lines', 'good\r\nimpersonate-user: admin'],
    ['of two words', 'good morning'],
    ['not ASCII', 'gütig'],
  ] as const)
    it(`asks nobody about a token that is ${what}`, async () => {
      const { desk, asked } = aDesk(async () => ana)
      await assert.rejects(desk.of(token), { reason: 'Unauthorized' })
      assert.equal(asked.length, 0)
    })

  it('keeps who is good through a flood of bad tokens', async () => {
    const { desk, asked } = aDesk(async (token) => {
      if (!token.startsWith('good')) throw unknownToken()
      return ana
    })
    for (let index = 0; index < 100; index += 1) await desk.of(`good-${index}`)
    for (let index = 0; index < 3_000; index += 1) await desk.of(`bad-${index}`).catch(() => undefined)
    asked.length = 0
    for (let index = 0; index < 100; index += 1) await desk.of(`good-${index}`)
    assert.deepEqual(asked, [])
    await assert.rejects(desk.of('bad-0'), { reason: 'Unauthorized' })
    assert.deepEqual(asked, ['bad-0'], 'of the bad ones only the last 2,000 are known')
  })

  it('looks up those who were good before while a flood of bad tokens hangs', async () => {
    const { asked, ask } = askedServer()
    const { desk, clock, gate } = aDesk(ask)
    const first = desk.of('good')
    asked[0]?.answer.resolve(ana)
    await first
    await clock.advance(10_000)
    const flood = Array.from({ length: 500 }, (_, index) =>
      desk.of(`bad-${index}`).catch((error: Problem) => error.reason),
    )
    assert.deepEqual(gate.load, { running: 6, waiting: 48 })
    const again = desk.of('good')
    assert.equal(asked.at(-1)?.what, 'good')
    asked.at(-1)?.answer.resolve(ana)
    assert.equal((await again).user, 'ana')
    await clock.advance(5_000)
    const ends = await Promise.all(flood)
    assert.equal(ends.filter((reason) => reason === 'Overloaded').length, 494)
    assert.equal(ends.filter((reason) => reason === 'ApiServerAway').length, 6)
    assert.deepEqual(gate.load, { running: 0, waiting: 0 })
    assert.equal(clock.timers, 0)
  })
})
