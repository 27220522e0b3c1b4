import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import type { Caller, Right } from '../../../../operator/application/gateway/caller.ts'
import { reserveOperations } from '../../../../operator/application/gateway/reserve.ts'
import { callWith, namespace, scriptedWorld, seenReservation } from '../../../fixtures/gateway-world.ts'

const ana: Caller = { user: 'ana', groups: [], token: 't', tokenKey: 'k' }
const till: Caller = { ...ana, user: 'system:serviceaccount:shop:till', guest: {} }

/** A world in which these rights are granted, and an operator that reserves at once. */
function aWorld(allowed: (right: Right) => boolean = ({ verb }) => verb !== 'actfor') {
  const rights: Right[] = []
  const may = async (_caller: Caller, right: Right): Promise<void> => {
    rights.push(right)
    if (!allowed(right)) throw new Problem('Forbidden', { detail: 'in the words of the API server' })
  }
  const world = scriptedWorld({ access: { may } })
  const order = async (caller: Caller, consumer?: string) => {
    world.answers.push({ kind: 'stored', object: seenReservation({ name: 'r', phase: 'Reserved' }) })
    const body = { quantityToReserve: 1, ...(consumer !== undefined && { consumer }) }
    await reserveOperations(world)['reserveStock']?.(callWith({ caller, body, parameters: { stockId: 'cup' } }))
    return world.drafts.at(-1)?.order.consumer
  }
  return { world, rights, order }
}

describe('the consumer of an order', () => {
  it('is whom a caller with a token of the API server names, or nobody', async () => {
    const { order, rights } = aWorld()
    assert.equal(await order(ana, 'bob'), 'bob')
    assert.equal(await order(ana), undefined)
    assert.ok(rights.every(({ verb }) => verb !== 'actfor'))
  })

  it('is the guest that asks, whether it says so or not', async () => {
    const { order, rights } = aWorld()
    assert.equal(await order(till), till.user)
    assert.equal(await order(till, till.user), till.user)
    assert.ok(rights.every(({ verb }) => verb !== 'actfor'))
  })

  it('is nobody else for a guest, who is told what it would take', async () => {
    const { order, world } = aWorld()
    await assert.rejects(order(till, 'bob'), (problem: Problem) => {
      assert.deepEqual([problem.status, problem.reason], [403, 'Forbidden'])
      assert.equal(
        problem.facts.detail,
        'consumer can only be "system:serviceaccount:shop:till", who asks: to reserve for "bob" the verb actfor on reservations.kbnt.io in namespace shop is needed',
      )
      assert.equal(problem.facts.errors?.[0]?.pointer, '/consumer')
      return true
    })
    assert.deepEqual([world.asked, world.drafts], [[], []], 'nothing was written')
  })

  it('is another one where the guest may act for that one', async () => {
    const { order, rights } = aWorld(({ verb, name }) => verb !== 'actfor' || name === 'bob')
    assert.equal(await order(till, 'bob'), 'bob')
    assert.deepEqual(
      rights.filter(({ verb }) => verb === 'actfor'),
      [{ verb: 'actfor', resource: 'reservations', namespace, name: 'bob' }],
    )
    await assert.rejects(order(till, 'eve'), { reason: 'Forbidden' })
  })

  it('is not guessed while nobody says whether the guest may act for it', async () => {
    const world = scriptedWorld({
      access: {
        async may(_caller, { verb }) {
          if (verb === 'actfor') throw new Problem('ApiServerAway', { detail: 'away' })
        },
      },
    })
    const call = callWith({ caller: till, body: { quantityToReserve: 1, consumer: 'bob' } })
    await assert.rejects(async () => reserveOperations(world)['reserveStock']?.(call), { reason: 'ApiServerAway' })
    assert.deepEqual(world.asked, [])
  })

  for (const [what, user] of [
    ['longer than a consumer may be', `system:serviceaccount:shop:${'t'.repeat(120)}`],
    ['of two lines', 'one\ntwo'],
  ] as const)
    it(`is never a guest whose name is ${what}, unless it names another`, async () => {
      const { order, world } = aWorld(() => true)
      await assert.rejects(order({ ...till, user }), { status: 422, reason: 'Unprocessable' })
      assert.deepEqual(world.asked, [])
      assert.equal(await order({ ...till, user }, 'bob'), 'bob')
    })

  it('counts letters, not bytes', async () => {
    const { order } = aWorld()
    const user = '🫖'.repeat(128)
    assert.equal(await order({ ...till, user }), user)
  })

  it('belongs to the order that a key stands for', async () => {
    const { world } = aWorld(() => true)
    const parameters = { stockId: 'cup', 'Idempotency-Key': 'one' }
    const names: (string | undefined)[] = []
    for (const consumer of [undefined, 'bob']) {
      world.answers.push({ kind: 'stored', object: seenReservation({ name: 'r', phase: 'Reserved' }) })
      const body = { quantityToReserve: 1, ...(consumer !== undefined && { consumer }) }
      await reserveOperations(world)['reserveStock']?.(callWith({ caller: till, body, parameters }))
      names.push(world.drafts.at(-1)?.name)
    }
    assert.equal(names[0], names[1])
    assert.notEqual(world.drafts[0]?.orderHash, world.drafts[1]?.orderHash)
  })
})
