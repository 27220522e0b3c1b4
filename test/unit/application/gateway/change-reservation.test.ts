import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import { changeOperations } from '../../../../operator/application/gateway/change-reservation.ts'
import type { SeenReservation } from '../../../../operator/application/gateway/objects.ts'
import { callWith, type ScriptedWorld, scriptedWorld, seenReservation } from '../../../fixtures/gateway-world.ts'

const over = new Problem('Unprocessable', { detail: 'this reservation is over; create a new one' })

describe('A reservation changed at the gateway', () => {
  let world: ScriptedWorld
  beforeEach(() => {
    world = scriptedWorld()
  })

  const change = (verb: 'confirm' | 'release' | 'extend', waitMs = 1_000) =>
    changeOperations(world)[`${verb}Reservation`]!(
      callWith({ parameters: { reservationId: 'r' }, body: { ttl: '1h' }, waitMs }),
    ).then(
      ({ status, body }) => `${status} ${(body as { phase: string }).phase}`,
      (error: unknown) => (error instanceof Problem ? `${error.status} ${error.reason}` : String(error)),
    )
  const seen = (more: Partial<SeenReservation>) => seenReservation({ name: 'r', ...more })

  it('is answered once the operator has judged exactly this change', async () => {
    world.see(seen({ phase: 'Reserved', position: '5' }))
    world.answers.push({ kind: 'stored', object: seen({ phase: 'Reserved', generation: 2, position: '6' }) })
    const answer = change('extend')
    setTimeout(() => world.see(seen({ phase: 'Reserved', generation: 2, judged: 2, position: '7' })), 5)
    assert.equal(await answer, '200 Reserved')
  })

  it('is 202 while it is not judged, or where it isn’t known whether it is stored', async () => {
    world.answers.push({ kind: 'stored', object: seen({ phase: 'Reserved', generation: 2, position: '6' }) })
    assert.equal(await change('confirm', 1), '202 Reserved')
    world.answers.push({ kind: 'unknown', reason: 'the connection broke' })
    assert.equal(await change('confirm'), '202 Pending')
  })

  it('is told from the newer of what the API server gave and what the watch has', async () => {
    world.see(seen({ phase: 'Reserved', position: '5' }))
    world.answers.push({ kind: 'stored', object: seen({ phase: 'Confirmed', position: '20' }) })
    assert.equal(await change('confirm'), '200 Confirmed')
    world.answers.push({ kind: 'stored', object: seen({ phase: 'Expired', reason: 'HoldExpired', position: '20' }) })
    assert.equal(await change('extend'), '409 HoldExpired')
    world.see(seen({ phase: 'Confirmed', position: '5' }))
    world.answers.push({
      kind: 'stored',
      object: seen({ phase: 'Released', reason: 'ReleasedByClient', position: '20' }),
    })
    assert.equal(await change('confirm'), '409 ReleasedByClient')
  })

  it('that is over says how it ended, also where only the API server knows that yet', async () => {
    const expired = seen({ phase: 'Expired', reason: 'HoldExpired', position: '20' })
    world.see(expired)
    world.answers.push(over)
    assert.equal(await change('confirm'), '409 HoldExpired')
    world.see(seen({ phase: 'Reserved', position: '5' }))
    Object.assign(world.reservations, { read: () => Promise.resolve(expired) })
    world.answers.push(over)
    assert.equal(await change('confirm'), '409 HoldExpired')
  })

  it('is given back once its units are back, whoever did that', async () => {
    world.see(seen({ phase: 'Released', reason: 'Undone', position: '20' }))
    world.answers.push(over)
    assert.equal(await change('release'), '200 Released')
  })

  it('is not said to be missing where its stock was', async () => {
    world.see(seen({ phase: 'Rejected', reason: 'StockNotFound', position: '20' }))
    world.answers.push(over)
    assert.equal(await change('confirm'), '409 StockNotFound')
    world.answers.push({ kind: 'gone', reason: 'not found' })
    assert.equal(await change('confirm'), '404 NotFound')
  })

  it('is refused in the API server’s words where the change itself is wrong', async () => {
    world.see(seen({ phase: 'Reserved' }))
    world.answers.push(new Problem('Unprocessable', { detail: 'ttl can only be raised' }))
    assert.equal(await change('extend'), '422 Unprocessable')
  })
})
