import assert from 'node:assert/strict'
import type { InstallLease } from '../../../../operator/application/engine/other-installs.ts'
import { leaderWatch } from '../../../../operator/application/gateway/leader-watch.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const lease = (renewal: string, holder = 'one'): InstallLease => ({ holder, renewal, durationMs: 15_000 })

describe('Whether an operator leads', () => {
  /** Looks at what `answer` gives, every two seconds. */
  function watching(answer: () => InstallLease | undefined) {
    const clock = fakeClock()
    const troubles: unknown[] = []
    const watch = leaderWatch({
      clock,
      lease: async () => answer(),
      onTrouble: (error) => void troubles.push(error),
    })
    watch.start()
    return { clock, watch, troubles }
  }

  it('is not known before the first look, and then nobody is sent away', () => {
    assert.equal(watching(() => undefined).watch.nobodyLeads(), undefined)
  })

  it('is so while its lease is renewed, and no more once that has stood still for its duration', async () => {
    let renewals = 0
    let renewed = true
    const { clock, watch } = watching(() => {
      if (renewed) renewals += 1
      return lease(String(renewals))
    })
    await clock.advance(60_000)
    assert.equal(watch.nobodyLeads(), undefined)
    renewed = false
    await clock.advance(14_000)
    assert.equal(watch.nobodyLeads(), undefined)
    await clock.advance(6_000)
    assert.match(watch.nobodyLeads() ?? '', /has not renewed its lease for \d+ s/)
    renewed = true
    await clock.advance(2_000)
    assert.equal(watch.nobodyLeads(), undefined)
  })

  describe('when one has ended in order', () => {
    let holder: string
    let renewal: number
    let handedOver: ReturnType<typeof watching>
    const over = new AbortController()
    /** What whoever waits is told, once it is. */
    const asked = () => {
      const told: { why?: string | undefined; done: boolean } = { done: false }
      void handedOver.watch.untilLed(over.signal).then((why) => Object.assign(told, { why, done: true }))
      return told
    }

    beforeEach(async () => {
      holder = 'one'
      renewal = 0
      handedOver = watching(() => lease(String(renewal), holder))
      await handedOver.clock.advance(10_000)
      holder = ''
      renewal += 1
      await handedOver.clock.advance(2_000)
    })

    it('is settled for those who wait when the next one leads', async () => {
      const told = asked()
      await handedOver.clock.advance(3_000)
      assert.deepEqual([told.done, handedOver.watch.nobodyLeads()], [false, undefined])
      holder = 'two'
      renewal += 1
      await handedOver.clock.advance(2_000)
      assert.deepEqual(told, { why: undefined, done: true })
    })

    it('is waited for no longer than a standby takes, also where somebody touches the lease', async () => {
      const told = asked()
      for (let second = 0; second < 12; second++) {
        renewal += 1
        await handedOver.clock.advance(1_000)
      }
      assert.match(told.why ?? '', /has ended and no other leads/)
      assert.match(handedOver.watch.nobodyLeads() ?? '', /has ended/)
      const later = asked()
      await handedOver.clock.settle()
      assert.match(later.why ?? '', /has ended/)
    })

    it('is told at once to those who hang up', async () => {
      const gone = AbortSignal.abort()
      assert.match((await handedOver.watch.untilLed(gone)) ?? '', /has ended/)
    })
  })

  it('is said to be over once the lease is gone', async () => {
    let there = true
    const { clock, watch } = watching(() => (there ? lease('1') : undefined))
    await clock.advance(2_000)
    there = false
    await clock.advance(2_000)
    assert.match(watch.nobodyLeads() ?? '', /uninstalled/)
  })

  it('is not so where there never was a lease', async () => {
    const never = watching(() => undefined)
    await never.clock.advance(10)
    assert.match(never.watch.nobodyLeads() ?? '', /is it installed/)
  })

  it('stays as it was last seen while the lease can not be read', async () => {
    let readable = true
    const { clock, watch, troubles } = watching(() => {
      if (readable) return lease('1')
      throw new Error('away')
    })
    await clock.advance(4_000)
    readable = false
    await clock.advance(120_000)
    assert.equal(watch.nobodyLeads(), undefined)
    assert.ok(troubles.length > 50)
  })
})
