import assert from 'node:assert/strict'
import { access, type MayOf, type Verdict } from '../../../../operator/application/gateway/access.ts'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import type { Caller, Right } from '../../../../operator/application/gateway/caller.ts'
import { askedServer, lookUpParts } from './look-ups.ts'

const ana: Caller = { user: 'ana', groups: [], token: 'secret', tokenKey: 'key of ana' }
const list: Right = { verb: 'list', resource: 'reservations', namespace: 'shop' }
const no: Verdict = { allowed: false, reason: '' }

function aGuard(mayOf: MayOf) {
  const { parts, ...world } = lookUpParts()
  const asked: Right[] = []
  const counted: MayOf = (caller, right) => {
    assert.equal(caller.token, ana.token)
    asked.push(right)
    return mayOf(caller, right)
  }
  return { ...world, asked, ...access({ ...parts, mayOf: counted }) }
}

describe('access', () => {
  it('says who may not what, in the words of the API server', async () => {
    const { may } = aGuard(async () => no)
    await assert.rejects(may(ana, list), {
      ...{ status: 403, reason: 'Forbidden' },
      message:
        'reservations.kbnt.io is forbidden: User "ana" cannot list resource "reservations" in API group "kbnt.io" in the namespace "shop"',
    })
  })

  it('names the object, and the reason where there is one', async () => {
    const { may } = aGuard(async () => ({ allowed: false, reason: 'not on sundays' }))
    await assert.rejects(may(ana, { ...list, verb: 'get', name: 'r1' }), {
      message:
        'reservations.kbnt.io "r1" is forbidden: User "ana" cannot get resource "reservations" in API group "kbnt.io" in the namespace "shop": not on sundays',
    })
  })

  it('goes by a yes and by a no for ten seconds', async () => {
    let allowed = true
    const { may, asked, clock, answers } = aGuard(async () => (allowed ? { allowed } : no))
    await may(ana, list)
    allowed = false
    await clock.advance(9_999)
    await may(ana, list)
    await clock.advance(1)
    await assert.rejects(may(ana, list), { reason: 'Forbidden' })
    allowed = true
    await assert.rejects(may(ana, list), { reason: 'Forbidden' })
    assert.equal(asked.length, 2)
    await clock.advance(10_000)
    await may(ana, list)
    assert.deepEqual(answers, ['yes', 'yes, known', 'no', 'no, known', 'yes'])
  })

  it('goes by nothing past the end of the token', async () => {
    const { may, asked, clock } = aGuard(async () => ({ allowed: true }))
    const ending = { ...ana, expiresAtMs: clock.now() + 1_000 }
    await may(ending, list)
    await clock.advance(999)
    await may(ending, list)
    assert.equal(asked.length, 1)
    await clock.advance(1)
    await may(ending, list)
    assert.equal(asked.length, 2)
  })

  it('keeps rights apart by verb, resource, namespace and caller', async () => {
    const { may, asked } = aGuard(async () => ({ allowed: true }))
    await may(ana, list)
    await may(ana, { ...list, verb: 'watch' })
    await may(ana, { ...list, resource: 'virtualstocks' })
    await may(ana, { ...list, namespace: 'other' })
    await may({ ...ana, tokenKey: 'key of bob' }, list)
    assert.equal(asked.length, 5)
  })

  it('asks for one object only where the namespace is not granted', async () => {
    const { may, asked } = aGuard(async (_caller, { verb, name }) =>
      verb === 'get' || name === 'mine' ? { allowed: true } : no,
    )
    for (const name of ['a', 'b', 'c']) await may(ana, { ...list, verb: 'get', name })
    assert.deepEqual(asked, [{ ...list, verb: 'get' }])
    asked.length = 0
    await may(ana, { ...list, verb: 'patch', name: 'mine' })
    await assert.rejects(may(ana, { ...list, verb: 'patch', name: 'theirs' }), { reason: 'Forbidden' })
    assert.deepEqual(
      asked.map(({ name }) => name),
      [undefined, 'mine', 'theirs'],
    )
  })

  it('remembers no failure, a revoked token neither', async () => {
    const faults = [new Problem('ApiServerAway', { detail: 'away' }), new Problem('Unauthorized', { detail: 'gone' })]
    const { may, asked } = aGuard(async () => {
      const fault = faults.shift()
      if (fault) throw fault
      return { allowed: true }
    })
    await assert.rejects(may(ana, list), { reason: 'ApiServerAway' })
    await assert.rejects(may(ana, list), { reason: 'Unauthorized' })
    await may(ana, list)
    assert.equal(asked.length, 3)
  })

  it('asks once for a hundred calls at the same time', async () => {
    const { asked, ask } = askedServer<Verdict>()
    const { may } = aGuard((_caller, { verb }) => ask(verb))
    const calls = Array.from({ length: 100 }, () => may(ana, list))
    assert.equal(asked.length, 1)
    asked[0]?.answer.resolve({ allowed: true })
    await Promise.all(calls)
  })

  it('keeps what is granted through a flood of what is not', async () => {
    const { may, asked } = aGuard(async (_caller, { verb }) => (verb === 'list' ? { allowed: true } : no))
    await may(ana, list)
    for (let index = 0; index < 2_500; index += 1)
      await may(ana, { ...list, verb: 'get', name: `r${index}` }).catch(() => undefined)
    asked.length = 0
    await may(ana, list)
    assert.deepEqual(asked, [])
  })
})
