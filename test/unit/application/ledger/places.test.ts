import assert from 'node:assert/strict'
import { journal } from '../../../../operator/application/ledger/journal.ts'
import { places } from '../../../../operator/application/ledger/places.ts'
import type { StockActor } from '../../../../operator/application/ledger/stock-actor.ts'

/** A journal with its stock; nothing else of an actor is asked here. */
const anActor = (stopped = false) => ({ journal: journal(), stopped }) as unknown as StockActor

/** What a journal has left for verbs that take units. */
const roomOf = ({ journal: kept }: StockActor) => kept.room(kept.entries.length, true)

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

describe('places', () => {
  it('takes a place in every journal at one moment', async () => {
    const [home, follower] = [anActor(), anActor()]
    const room = roomOf(home)
    await places().take(
      [
        { actor: home, places: 1 },
        { actor: follower, places: 2 },
      ],
      true,
    )
    assert.deepEqual([roomOf(home), roomOf(follower)], [room - 1, room - 2])
  })

  it('takes none while one journal has no room, and all when it has', async () => {
    const [home, full] = [anActor(), anActor()]
    const room = roomOf(home)
    full.journal.promise(room)
    const shared = places()
    const taken = shared.take(
      [
        { actor: home, places: 1 },
        { actor: full, places: 1 },
      ],
      true,
    )
    assert.equal(await isSettled(taken), false)
    assert.equal(roomOf(home), room, 'a set that waits keeps nobody from going on')
    full.journal.keep(1)
    shared.retry()
    await taken
    assert.deepEqual([roomOf(home), roomOf(full)], [room - 1, 0])
  })

  it('keeps a part for verbs that take no units', async () => {
    const full = anActor()
    full.journal.promise(roomOf(full))
    const shared = places()
    assert.equal(await isSettled(shared.take([{ actor: full, places: 1 }], true)), false)
    await shared.take([{ actor: full, places: 1 }], false)
  })

  it('does not wait for the journal of a stock that is gone', async () => {
    const gone = anActor(true)
    gone.journal.promise(roomOf(gone))
    await places().take([{ actor: gone, places: 1 }], true)
  })
})
