import assert from 'node:assert/strict'
import { FullNamespaces } from '../../../../operator/application/rows/full-namespaces.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

describe('Namespaces that have all that they may', () => {
  function watched() {
    const clock = fakeClock()
    const live = new Map([['shop', 0]])
    const told: string[] = []
    const counted: number[] = []
    const troubles: string[] = []
    const state = { away: false }
    const counts = {
      async fullNamespaces(most: number) {
        if (state.away) throw new Error('nobody answers')
        return [...live].filter(([, count]) => count >= most).map(([namespace]) => namespace)
      },
    }
    const patience = { clock, onRetry: () => undefined, onTrouble: (message: string) => troubles.push(message) }
    const onFull = (namespace: string) => void told.push(namespace)
    const onLook = (count: number) => void counted.push(count)
    const full = new FullNamespaces({ database: 'default', counts, patience, most: 10, onFull, onLook })
    full.start()
    return { full, clock, live, told, counted, troubles, state }
  }

  it('are known within a second, and told of once; those with room again, too', async () => {
    const { full, clock, live, told, counted } = watched()
    await clock.advance(1_000)
    assert.equal(full.has('shop'), false)
    live.set('shop', 10)
    await clock.advance(3_000)
    assert.deepEqual([full.has('shop'), full.has('web'), told], [true, false, ['shop']])
    assert.equal(counted.at(-1), 1)
    live.set('shop', 9)
    await clock.advance(1_000)
    assert.equal(full.has('shop'), false)
    assert.equal(counted.at(-1), 0)
    live.set('shop', 11)
    await clock.advance(1_000)
    assert.deepEqual([full.has('shop'), told], [true, ['shop', 'shop']])
  })

  it('are those that were known last while nobody answers, and nobody before the first answer', async () => {
    const { full, clock, live, troubles, state } = watched()
    assert.equal(full.has('shop'), false)
    live.set('shop', 10)
    await clock.advance(1_000)
    state.away = true
    live.set('shop', 0)
    await clock.advance(60_000)
    assert.equal(full.has('shop'), true)
    assert.ok(troubles.length > 0 && troubles.length < 10, troubles.join())
  })

  it('are not looked for any more once that is stopped', async () => {
    const { full, clock } = watched()
    await clock.advance(1_000)
    await full.stop()
    assert.equal(clock.timers, 0)
  })
})
