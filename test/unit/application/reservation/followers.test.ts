import assert from 'node:assert/strict'
import type { StockActor } from '../../../../operator/application/ledger/stock-actor.ts'
import { followers } from '../../../../operator/application/reservation/followers.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { anEntry } from '../../../fixtures/builders.ts'

describe('a verdict that can not be followed for now', () => {
  it('is tried again every five seconds, however many have asked for it', async () => {
    const clock = fakeClock()
    let tries = 0
    const { follow, followed } = followers({
      ...{
        clock,
        stocks: { find: () => undefined, findByUid: () => undefined, serves: () => false },
        isKnown: () => true,
      },
      ...{ onFollowed: () => undefined, onHeldUp: () => undefined, onTrouble: () => undefined },
      onRetry() {
        tries += 1
      },
    })
    const home = { stopped: false, stock: { uid: 'h', namespace: 'shop', name: 'beans' } } as StockActor
    const line = { stockUID: 'm', stockNamespace: 'team-b', stock: 'milk', sequence: 1, quantity: 1 }
    const verdict = anEntry({ verb: 'Wait', lines: [line] })
    follow(home, verdict)
    for (let asks = 0; asks < 20; asks += 1) {
      await assert.rejects(followed(home, verdict), /can't be listed for now/)
      await clock.advance(100)
    }
    tries = 0
    await clock.advance(60_000)
    assert.equal(tries, 12)
  })
})
