import assert from 'node:assert/strict'
import type { Reservation } from '../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { Site } from '../../bench/site.ts'
import { watchPhases } from '../../bench/watch-phases.ts'

type Reservations = Pick<Site['reservations'], 'list' | 'watch'>

const order = (phase: string) => ({ metadata: { namespace: 'shop', name: 'order' }, status: { phase } }) as Reservation

/** Lists what `lists` says, one after the other, and watches as it says. */
function scripted(lists: readonly Reservation[][], watch: Reservations['watch']): Reservations {
  let listed = 0
  const list = () =>
    Promise.resolve({ items: lists[Math.min(listed++, lists.length - 1)] ?? [], resourceVersion: `${listed}` })
  return { list, watch } as unknown as Reservations
}

describe('watchPhases', () => {
  it('sees what happened between the end of one watch and the begin of the next', async () => {
    let watches = 0
    const watch = () => {
      watches += 1
      return watches === 1 ? Promise.reject(new Error('too slow')) : new Promise<void>(() => undefined)
    }
    const phases = await watchPhases(scripted([[], [order('Reserved')]], watch), 'shop')
    await phases.until('shop/order', 'Reserved')
    assert.equal(watches, 2)
  })

  it('tells all who wait, and all who come later, when its watches end again and again', async () => {
    const phases = await watchPhases(
      scripted([[]], () => Promise.reject(new Error('no such resource'))),
      'shop',
    )
    const said = /can't see them any more: its watch ended 10 times: .*no such resource/
    await assert.rejects(phases.until('shop/order', 'Reserved'), said)
    await assert.rejects(phases.until('shop/other', 'Reserved'), said)
  })

  it('waits for a phase no longer than it is told', async () => {
    const silent = () => new Promise<void>(() => undefined)
    const phases = await watchPhases(scripted([[order('Pending')]], silent), 'shop', 1)
    await assert.rejects(phases.until('shop/order', 'Reserved'), /shop\/order was not seen Reserved within 0.001 s/)
  })
})
