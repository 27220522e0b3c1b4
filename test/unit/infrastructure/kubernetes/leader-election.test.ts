import assert from 'node:assert/strict'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { leaseServer } from '../../../fakes/lease-server.ts'
import { aCandidate } from './a-candidate.ts'

describe('leader election', () => {
  it('creates a missing lease with all its fields and leads', async () => {
    const clock = fakeClock(Date.UTC(2026, 10, 22, 10, 0, 0, 123))
    const server = leaseServer()
    const { election, told } = aCandidate(clock, server, 'one')
    election.start()
    await clock.settle()
    assert.deepEqual(told, ['sees one', 'leads term 0'])
    assert.equal(election.leading, true)
    assert.deepEqual(server.spec, {
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      acquireTime: '2026-11-22T10:00:00.123000Z',
      renewTime: '2026-11-22T10:00:00.123000Z',
      leaseTransitions: 0,
    })
  })

  it('renews every retry period and keeps acquireTime and transitions', async () => {
    const clock = fakeClock(Date.UTC(2026, 10, 22, 10, 0, 0))
    const server = leaseServer()
    const { election, link } = aCandidate(clock, server, 'one')
    election.start()
    await clock.advance(60_000)
    assert.deepEqual(server.spec?.renewTime, '2026-11-22T10:01:00.000000Z')
    assert.deepEqual(server.spec?.acquireTime, '2026-11-22T10:00:00.000000Z')
    assert.equal(server.spec?.leaseTransitions, 0)
    assert.deepEqual(link.calls, ['get', 'create', ...Array(30).fill('replace')])
  })

  it('lets nobody else lead while the lease is renewed', async () => {
    const clock = fakeClock()
    const server = leaseServer()
    const one = aCandidate(clock, server, 'one')
    const two = aCandidate(clock, server, 'two')
    one.election.start()
    await clock.settle()
    two.election.start()
    await clock.advance(120_000)
    assert.deepEqual(two.told, ['sees one'])
    assert.equal(two.election.leader, 'one')
    assert.equal(two.election.leading, false)
  })

  it('takes over the lease of a silent leader once it has not changed for its duration, with one more transition', async () => {
    const clock = fakeClock()
    const server = leaseServer()
    const one = aCandidate(clock, server, 'one')
    const two = aCandidate(clock, server, 'two')
    one.election.start()
    await clock.settle()
    two.election.start()
    await clock.advance(20_000)
    one.link.cut = true
    const cutAt = clock.now()
    while (!two.election.leading) await clock.advance(100)
    const tookMs = clock.now() - cutAt
    assert.ok(tookMs >= 13_000 && tookMs <= 17_000, `${tookMs} ms`)
    assert.deepEqual(two.told, ['sees one', 'sees two', 'leads term 1'])
  })

  it('stops leading before anybody else can take the lease, whatever the server does', async () => {
    for (const fault of [{ cut: true }, { hung: true }]) {
      const clock = fakeClock()
      const server = leaseServer()
      const one = aCandidate(clock, server, 'one')
      const two = aCandidate(clock, server, 'two')
      one.election.start()
      await clock.settle()
      two.election.start()
      await clock.advance(20_500)
      Object.assign(one.link, fault)
      while (one.election.leading) {
        assert.equal(two.election.leading, false)
        await clock.advance(10)
      }
      assert.deepEqual(one.told, ['sees one', 'leads term 0', 'lost'])
      assert.equal(two.election.leading, false)
      await clock.advance(20_000)
      assert.equal(two.election.leading, true)
    }
  })

  it('counts the renew deadline from when the last successful renewal was sent', async () => {
    const clock = fakeClock()
    const server = leaseServer()
    const { election, told, link } = aCandidate(clock, server, 'one')
    election.start()
    await clock.advance(4_000)
    link.hung = true
    await clock.advance(9_999)
    assert.equal(election.leading, true)
    await clock.advance(1)
    assert.equal(election.leading, false)
    assert.deepEqual(told.at(-1), 'lost')
  })

  it('stays leader through an outage that is shorter than the deadline', async () => {
    const clock = fakeClock()
    const server = leaseServer()
    const { election, told, link } = aCandidate(clock, server, 'one')
    election.start()
    await clock.advance(4_000)
    link.cut = true
    await clock.advance(7_500)
    link.cut = false
    await clock.advance(60_000)
    assert.equal(election.leading, true)
    assert.deepEqual(told, ['sees one', 'leads term 0'])
  })

  it('does not say that it leads after a freeze, even before any timer has run', async () => {
    const clock = fakeClock()
    const { election } = aCandidate(clock, leaseServer(), 'one')
    election.start()
    await clock.settle()
    clock.jump(10_000)
    assert.equal(election.leading, false)
  })

  it('stops at once when it finds another name on its lease', async () => {
    const clock = fakeClock()
    const server = leaseServer()
    const { election, told } = aCandidate(clock, server, 'one')
    election.start()
    await clock.advance(4_000)
    server.edit({ ...server.spec, holderIdentity: 'thief', leaseTransitions: 1 })
    await clock.advance(2_000)
    assert.equal(election.leading, false)
    assert.deepEqual(told, ['sees one', 'leads term 0', 'sees thief', 'taken'])
    assert.equal(server.spec?.holderIdentity, 'thief')
  })

  it('renews over an edit of its lease that leaves the holder alone', async () => {
    const clock = fakeClock()
    const server = leaseServer()
    const { election } = aCandidate(clock, server, 'one')
    election.start()
    await clock.advance(4_000)
    server.edit({ ...server.spec, renewTime: '2000-01-01T00:00:00.000000Z' })
    await clock.advance(30_000)
    assert.equal(election.leading, true)
  })

  it('makes its lease again, with its own transitions, when somebody deleted it', async () => {
    const clock = fakeClock()
    const server = leaseServer()
    const one = aCandidate(clock, server, 'one')
    const two = aCandidate(clock, server, 'two')
    one.election.start()
    await clock.settle()
    await one.election.stop()
    two.election.start()
    await clock.advance(4_000)
    server.remove()
    await clock.advance(4_000)
    assert.equal(two.election.leading, true)
    assert.equal(server.spec?.leaseTransitions, 1)
  })

  it('never judges another machine’s clock: a renewTime far in the past or future changes nothing', async () => {
    for (const renewTime of ['2000-01-01T00:00:00.000000Z', '2100-01-01T00:00:00.000000Z']) {
      const clock = fakeClock()
      const server = leaseServer()
      const one = aCandidate(clock, server, 'one')
      one.election.start()
      await clock.settle()
      await one.election.stop()
      server.edit({ ...server.spec, holderIdentity: 'gone', leaseDurationSeconds: 15, renewTime })
      const two = aCandidate(clock, server, 'two')
      two.election.start()
      await clock.advance(14_900)
      assert.equal(two.election.leading, false)
      await clock.advance(2_100)
      assert.equal(two.election.leading, true)
    }
  })

  it('spreads the tries of candidates over the retry period and 1.2 times more', async () => {
    const clock = fakeClock()
    const server = leaseServer()
    aCandidate(clock, server, 'one').election.start()
    await clock.settle()
    const { election, link } = aCandidate(clock, server, 'two', { random: () => 0.5 })
    election.start()
    await clock.advance(3_199)
    assert.equal(link.calls.length, 1)
    await clock.advance(1)
    assert.equal(link.calls.length, 2)
  })

  for (const { name, options, message } of [
    {
      name: 'not longer than the renew deadline',
      options: { leaseDurationMs: 10_000 },
      message: /must be greater than renewDeadlineMs/,
    },
    { name: 'not in whole seconds', options: { leaseDurationMs: 15_500 }, message: /whole seconds/ },
    { name: 'renewed too rarely', options: { retryPeriodMs: 8_400 }, message: /greater than retryPeriodMs × 1.2/ },
    { name: 'without a retry period', options: { retryPeriodMs: 0 }, message: /at least 1/ },
  ]) {
    it(`refuses a lease that is ${name}`, () => {
      assert.throws(() => aCandidate(fakeClock(), leaseServer(), 'one', options), message)
    })
  }
})
