import assert from 'node:assert/strict'
import { ApiError, UnknownOutcomeError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import {
  type LeaderElectionOptions,
  leaderElection,
} from '../../../../operator/infrastructure/kubernetes/leader-election.ts'
import type { Lease } from '../../../../operator/infrastructure/kubernetes/lease-lock.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'

const answer = (body: Lease) => ({ body, date: undefined })
const conflict = () => new ApiError(409, { kind: 'Status', reason: 'Conflict' })

/** One stored lease with the API server's rules; a candidate can be cut off from it, or its answers lost. */
function aLeaseServer() {
  let stored: Lease | undefined
  let version = 0
  const store = (lease: Lease): Lease => {
    version += 1
    stored = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(version) } }
    return stored
  }
  return {
    get spec() {
      return stored?.spec
    },
    edit: (spec: Lease['spec']) => void store({ ...(stored as Lease), ...(spec === undefined ? {} : { spec }) }),
    remove() {
      stored = undefined
    },
    clientFor(link: { cut?: boolean; hung?: boolean; loseAnswers?: number; calls?: string[] }) {
      const through = async (verb: string, run: () => Lease) => {
        link.calls?.push(verb)
        if (link.hung) return new Promise<never>(() => undefined)
        if (link.cut) throw new UnknownOutcomeError('connect ECONNREFUSED', false)
        const lease = run()
        if (verb !== 'get' && (link.loseAnswers ?? 0) > 0) {
          link.loseAnswers = (link.loseAnswers ?? 0) - 1
          throw new UnknownOutcomeError('reset', true)
        }
        return answer(lease)
      }
      return {
        get: () =>
          through('get', () => {
            if (stored === undefined) throw new ApiError(404, { kind: 'Status', reason: 'NotFound' })
            return stored
          }),
        create: (lease: Lease) =>
          through('create', () => {
            if (stored !== undefined) throw new ApiError(409, { kind: 'Status', reason: 'AlreadyExists' })
            return store(lease)
          }),
        replace: (lease: Lease) =>
          through('replace', () => {
            if (stored === undefined) throw new ApiError(404, { kind: 'Status', reason: 'NotFound' })
            if (stored.metadata.resourceVersion !== lease.metadata.resourceVersion) throw conflict()
            return store(lease)
          }),
      }
    },
  }
}

describe('leader election', () => {
  const aCandidate = (
    clock: FakeClock,
    server: ReturnType<typeof aLeaseServer>,
    identity: string,
    options: Partial<LeaderElectionOptions> = {},
  ) => {
    const told: string[] = []
    const link: { cut?: boolean; hung?: boolean; loseAnswers?: number; calls: string[] } = { calls: [] }
    const election = leaderElection({
      leases: server.clientFor(link),
      namespace: 'operators',
      name: 'the-operator',
      identity,
      clock,
      random: () => 0,
      onStartedLeading: ({ transitions }) => told.push(`leads term ${transitions}`),
      onStoppedLeading: (reason) => told.push(reason),
      onNewLeader: (leader) => told.push(`sees ${leader}`),
      ...options,
    })
    return { election, told, link }
  }

  it('creates a missing lease with all its fields and leads', async () => {
    const clock = fakeClock(Date.UTC(2026, 10, 22, 10, 0, 0, 123))
    const server = aLeaseServer()
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
    const server = aLeaseServer()
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
    const server = aLeaseServer()
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
    const server = aLeaseServer()
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
      const server = aLeaseServer()
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
    const server = aLeaseServer()
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
    const server = aLeaseServer()
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
    const { election } = aCandidate(clock, aLeaseServer(), 'one')
    election.start()
    await clock.settle()
    clock.jump(10_000)
    assert.equal(election.leading, false)
  })

  it('stops at once when it finds another name on its lease', async () => {
    const clock = fakeClock()
    const server = aLeaseServer()
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
    const server = aLeaseServer()
    const { election } = aCandidate(clock, server, 'one')
    election.start()
    await clock.advance(4_000)
    server.edit({ ...server.spec, renewTime: '2000-01-01T00:00:00.000000Z' })
    await clock.advance(30_000)
    assert.equal(election.leading, true)
  })

  it('makes its lease again, with its own transitions, when somebody deleted it', async () => {
    const clock = fakeClock()
    const server = aLeaseServer()
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
      const server = aLeaseServer()
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

  it('gives the lease back when it is stopped, so that the next leader need not wait', async () => {
    const clock = fakeClock()
    const server = aLeaseServer()
    const one = aCandidate(clock, server, 'one')
    const two = aCandidate(clock, server, 'two')
    one.election.start()
    await clock.settle()
    two.election.start()
    await clock.advance(20_000)
    await one.election.stop()
    assert.deepEqual(one.told, ['sees one', 'leads term 0', 'released'])
    assert.equal(server.spec?.holderIdentity, '')
    assert.equal(server.spec?.leaseDurationSeconds, 1)
    assert.equal(server.spec?.leaseTransitions, 0)
    await clock.advance(2_000)
    assert.equal(two.election.leading, true)
    assert.equal(server.spec?.leaseTransitions, 1)
    assert.equal(server.spec?.leaseDurationSeconds, 15)
  })

  it('ends without a word when it is stopped as a mere candidate', async () => {
    const clock = fakeClock()
    const server = aLeaseServer()
    const one = aCandidate(clock, server, 'one')
    const two = aCandidate(clock, server, 'two')
    one.election.start()
    await clock.settle()
    two.election.start()
    await clock.settle()
    await two.election.stop()
    assert.deepEqual(two.told, ['sees one'])
    assert.equal(server.spec?.holderIdentity, 'one')
  })

  it('ends in time, told as released, when the lease can’t be given back', async () => {
    const clock = fakeClock()
    const { election, told, link } = aCandidate(clock, aLeaseServer(), 'one')
    election.start()
    await clock.settle()
    link.cut = true
    await election.stop()
    assert.deepEqual(told.at(-1), 'released')
  })

  it('finds out that a lease is its own although the answer was lost, and counts one transition only', async () => {
    const clock = fakeClock()
    const server = aLeaseServer()
    const one = aCandidate(clock, server, 'one')
    one.election.start()
    await clock.settle()
    await one.election.stop()
    const two = aCandidate(clock, server, 'two')
    two.link.loseAnswers = 1
    two.election.start()
    await clock.advance(2_000)
    assert.equal(two.election.leading, true)
    assert.equal(server.spec?.leaseTransitions, 1)
  })

  it('spreads the tries of candidates over the retry period and 1.2 times more', async () => {
    const clock = fakeClock()
    const server = aLeaseServer()
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
    { name: 'not longer than the renew deadline', options: { leaseDurationMs: 10_000 }, message: /must be greater than renewDeadlineMs/ },
    { name: 'not in whole seconds', options: { leaseDurationMs: 15_500 }, message: /whole seconds/ },
    { name: 'renewed too rarely', options: { retryPeriodMs: 8_400 }, message: /greater than retryPeriodMs × 1.2/ },
    { name: 'without a retry period', options: { retryPeriodMs: 0 }, message: /at least 1/ },
  ]) {
    it(`refuses a lease that is ${name}`, () => {
      assert.throws(() => aCandidate(fakeClock(), aLeaseServer(), 'one', options), message)
    })
  }
})
