import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import type { Call } from '../../../../operator/application/gateway/call.ts'
import { reserveOperations } from '../../../../operator/application/gateway/reserve.ts'
import {
  callWith,
  namespace,
  type ScriptedWorld,
  scriptedWorld,
  seenReservation,
} from '../../../fixtures/gateway-world.ts'

/** What an order of one cup is shown as. */
const cup = {
  shown: {
    ...{ reservationId: 'r-random', namespace, phase: 'Reserved' as const },
    items: [{ stockId: 'cup', stockNamespace: namespace, quantity: 1 }],
  },
}
const keyed = { stockId: 'cup', 'Idempotency-Key': 'order-1' }

describe('An order at the gateway', () => {
  let world: ScriptedWorld
  beforeEach(() => {
    world = scriptedWorld()
  })

  const reserve = (parts: Partial<Call> = {}) =>
    reserveOperations(world)['reserveStock']!(
      callWith({ body: { quantityToReserve: 1 }, ...parts, parameters: { stockId: 'cup', ...parts.parameters } }),
    )
  const problemOf = async (answer: Promise<unknown>) => {
    const error = await answer.catch((caught: unknown) => caught)
    assert.ok(error instanceof Problem, String(error))
    return error
  }
  const created = (name = 'r-random') => seenReservation({ name })
  const decided = (phase: 'Reserved' | 'Waiting' | 'Rejected', more: object = {}) =>
    seenReservation({ name: 'r-random', phase, position: '2', ...more })

  it('is answered when the watch tells that it is decided', async () => {
    world.answers.push({ kind: 'stored', object: created() })
    const answer = reserve()
    setTimeout(() => world.see(decided('Reserved')), 5)
    assert.equal((await answer).status, 200)
  })

  it('is 202 with its place to look when nobody decides in time, when the caller hangs up, or when it waits in line', async () => {
    const location = `/reservations/r-random?namespace=${namespace}`
    world.answers.push({ kind: 'stored', object: created() })
    const late = await reserve({ waitMs: 1 })
    assert.deepEqual([late.status, late.location], [202, location])

    world.answers.push({ kind: 'stored', object: created() })
    const gone = await reserve({ over: AbortSignal.abort() })
    assert.deepEqual([gone.status, gone.location], [202, location])

    world.answers.push({ kind: 'stored', object: created() })
    world.see(decided('Waiting'))
    const inLine = await reserve()
    assert.deepEqual([inLine.status, inLine.location], [202, location])
  })

  it('is refused with the operator’s sentence, and says which reservation that is', async () => {
    world.answers.push({ kind: 'stored', object: created() })
    const shown = {
      reservationId: 'r-random',
      namespace,
      phase: 'Rejected' as const,
      items: [],
      message: 'needs 1, 0 left',
    }
    world.see(decided('Rejected', { reason: 'InsufficientStock', shown }))
    const { status, reason, message, facts } = await problemOf(reserve())
    assert.deepEqual(
      [status, reason, message, facts.reservationId],
      [409, 'InsufficientStock', 'needs 1, 0 left', 'r-random'],
    )
  })

  it('whose fate is unknown is never said to have failed', async () => {
    world.answers.push({ kind: 'unknown', reason: 'the connection broke' })
    const answer = await reserve({ waitMs: 1 })
    assert.equal(answer.status, 202)
    assert.match((answer.body as { message: string }).message, /not known: the connection broke/)
  })

  it('whose fate is unknown is answered all the same when the watch brings it', async () => {
    world.answers.push({ kind: 'unknown', reason: 'the connection broke' })
    const answer = reserve()
    setTimeout(() => {
      const { orderHash } = world.drafts[0]!
      world.see({ ...decided('Reserved', cup), orderHash })
    }, 5)
    assert.equal((await answer).status, 200)
  })

  it('is not taken for another’s that has its name', async () => {
    world.answers.push({ kind: 'unknown', reason: 'the connection broke' })
    const answer = reserve({ waitMs: 20 })
    setTimeout(() => world.see({ ...decided('Reserved'), orderHash: 'of something else' }), 5)
    assert.equal((await answer).status, 202)
  })

  it('is written once for one key: what is known already is told, and written no more', async () => {
    world.answers.push({ kind: 'stored', object: created() })
    const first = reserve({ parameters: keyed, waitMs: 20 })
    setTimeout(() => {
      const { name, orderHash } = world.drafts[0]!
      world.see(seenReservation({ name, phase: 'Reserved', orderHash, shown: { ...cup.shown, reservationId: name } }))
    }, 5)
    await first
    const again = await reserve({ parameters: keyed })
    assert.deepEqual([again.status, again.headers?.['Idempotent-Replayed']], [200, 'true'])
    assert.equal(world.asked.length, 1)
    const other = await problemOf(reserve({ parameters: keyed, body: { quantityToReserve: 2 } }))
    assert.equal(other.reason, 'KeyReused')
  })

  it('is not taken for what somebody else has made under its name, whatever hash that carries', async () => {
    const answer = reserve({ parameters: keyed, body: { quantityToReserve: 5 }, waitMs: 50 })
    setTimeout(() => {
      const { name, orderHash } = world.drafts[0]!
      world.see(seenReservation({ name, phase: 'Reserved', orderHash, shown: { ...cup.shown, reservationId: name } }))
    }, 5)
    world.answers.push({ kind: 'exists' })
    assert.equal((await problemOf(answer)).reason, 'KeyReused')
  })

  it('that is stored is never said to have failed, also when it can’t be seen how it stands', async () => {
    const away = new Problem('ApiServerAway', { detail: 'away' })
    world = scriptedWorld({ blind: () => 'the watch has failed' })
    Object.assign(world.reservations, { read: () => Promise.reject(away) })
    world.answers.push({ kind: 'exists' })
    assert.equal((await reserve({ parameters: keyed })).status, 202)
  })

  it('is not told from a watch that has failed', async () => {
    world = scriptedWorld({ blind: () => 'the watch has failed' })
    world.answers.push({ kind: 'stored', object: created() })
    await reserve({ parameters: keyed, waitMs: 1 })
    const { name, orderHash } = world.drafts[0]!
    world.see(seenReservation({ name, phase: 'Reserved', orderHash, shown: { ...cup.shown, reservationId: name } }))
    const over = seenReservation({ name, phase: 'Expired', reason: 'HoldExpired', position: '9', orderHash, ...cup })
    Object.assign(world.reservations, { read: () => Promise.resolve(over) })
    world.answers.push({ kind: 'exists' })
    assert.equal((await problemOf(reserve({ parameters: keyed, waitMs: 1 }))).reason, 'HoldExpired')
  })

  it('of the same key is another order for another user, and in another namespace', async () => {
    world.answers.push({ kind: 'exists' }, { kind: 'exists' }, { kind: 'exists' })
    const others = [
      {},
      { caller: { user: 'bob', groups: [], token: 't', tokenKey: 'k' } },
      { parameters: { ...keyed, namespace: 'other' } },
    ]
    for (const parts of others)
      await reserve({ parameters: keyed, over: AbortSignal.abort(), ...parts }).catch(() => undefined)
    assert.equal(new Set(world.drafts.map(({ name }) => name)).size, 3)
  })

  it('that was deleted a moment ago can be sent again', async () => {
    world.answers.push({ kind: 'exists' })
    const { status, message } = await problemOf(reserve({ parameters: keyed, over: AbortSignal.abort() }))
    assert.deepEqual([status, message.includes('send the order again')], [409, true])
  })

  it('is not written while nobody leads, but one that is known is told', async () => {
    world = scriptedWorld({ untilLed: async () => 'nobody leads' })
    assert.equal((await problemOf(reserve())).reason, 'NobodyLeads')
    assert.deepEqual(world.asked, [])
  })

  it('that sells at once needs a key', async () => {
    const body = { quantityToReserve: 1, confirm: true }
    assert.equal((await problemOf(reserve({ body }))).reason, 'IdempotencyKeyMissing')
    world.answers.push({ kind: 'stored', object: created() })
    assert.equal((await reserve({ body, parameters: keyed, waitMs: 1 })).status, 202)
    assert.equal(world.drafts[0]?.order.state, 'Confirmed')
  })

  it('is not judged by another object of its name', async () => {
    world.answers.push({ kind: 'stored', object: created() })
    world.see(decided('Reserved', { uid: 'of one that was deleted' }))
    assert.equal((await reserve({ waitMs: 5 })).status, 202)
  })
})
