import assert from 'node:assert/strict'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { leaseServer } from '../../../fakes/lease-server.ts'
import { aCandidate } from './a-candidate.ts'

describe('leader election, giving back and taking over', () => {
  it('gives the lease back when it is stopped, so that the next leader need not wait', async () => {
    const clock = fakeClock()
    const server = leaseServer()
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
    const server = leaseServer()
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
    const { election, told, link } = aCandidate(clock, leaseServer(), 'one')
    election.start()
    await clock.settle()
    link.cut = true
    await election.stop()
    assert.deepEqual(told.at(-1), 'released')
  })

  it('finds out that a lease is its own although the answer was lost, and counts one transition only', async () => {
    const clock = fakeClock()
    const server = leaseServer()
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

  it('does not begin to lead on an answer that came too late', async () => {
    const clock = fakeClock()
    const server = leaseServer()
    const { election, told, link } = aCandidate(clock, server, 'one')
    link.onAnswer = () => {
      clock.jump(10_000)
      delete link.onAnswer
    }
    election.start()
    await clock.settle()
    assert.deepEqual(told, ['sees one'])
    assert.equal(election.leading, false)
    await clock.advance(2_000)
    assert.deepEqual(told, ['sees one', 'leads term 0'])
  })
})
