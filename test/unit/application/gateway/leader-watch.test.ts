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

  it('is given the time of a handover where the lease was given back', async () => {
    let holder = 'one'
    const { clock, watch } = watching(() => lease(`by ${holder}`, holder))
    await clock.advance(60_000)
    holder = ''
    await clock.advance(10_000)
    assert.equal(watch.nobodyLeads(), undefined)
    await clock.advance(4_000)
    assert.match(watch.nobodyLeads() ?? '', /has ended/)
    holder = 'two'
    await clock.advance(2_000)
    assert.equal(watch.nobodyLeads(), undefined)
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
