import assert from 'node:assert/strict'
import type { Reservation } from '../../../../operator/domain/reservation/reservation.ts'
import { aReporter, denied } from './a-reporter.ts'

const inNamespace = (namespace: string) => (reservation: Reservation) =>
  reservation.namespace === namespace ? denied : undefined

describe('reporter, beside a namespace whose statuses are denied', () => {
  it('tells the others at once, and the denied ones when they may be', async () => {
    const { clock, world, reporter, hold } = aReporter()
    world.answer = inNamespace('frozen')
    const frozen = Array.from({ length: 96 }, (_, index) => hold('frozen', `f${index}`))
    await clock.advance(100)
    assert.equal(reporter.isFailing('frozen'), false)
    await clock.advance(5_000)
    const lively = Array.from({ length: 50 }, (_, index) => hold('lively', `l${index}`))
    await clock.advance(10)
    assert.ok(lively.every(({ reported }) => reported))
    assert.deepEqual([reporter.isFailing('frozen'), reporter.isFailing('lively')], [true, false])
    assert.ok(frozen.every(({ reported }) => !reported))
    world.answer = () => undefined
    await clock.advance(15_000)
    assert.ok(frozen.every(({ reported }) => reported))
    assert.equal(reporter.isFailing('frozen'), false)
  })

  it('leaves slots to others though its requests hang', async () => {
    const { clock, world, hold } = aReporter({ tookMs: 30_000 })
    for (let index = 0; index < 200; index += 1) hold('hanging', `h${index}`)
    await clock.settle()
    assert.equal(world.underWay, 88)
    hold('lively', 'l')
    await clock.settle()
    assert.equal(world.underWay, 89)
  })

  it('leaves all slots to others whose requests do not hang, three seconds later, but few more to those that do', async () => {
    const { clock, world, hold } = aReporter({ tookMs: 30_000 })
    const namespaces = ['hanging', 'stuck']
    for (let index = 0; index < 200; index += 1)
      for (const namespace of namespaces) hold(namespace, `${namespace}${index}`)
    await clock.settle()
    assert.equal(world.underWay, 96, 'no slot is left')
    const one = hold('lively', 'l')
    await clock.advance(3_000)
    assert.ok(world.underWay > 96 && world.underWay < 128, `${world.underWay}`)
    await clock.advance(30_000)
    assert.equal(one.reported, true)
  })

  it('holds few slots for 10,000 denied ones, which delay nobody', async function () {
    this.timeout(60_000)
    const { clock, world, troubles, retries, hold } = aReporter()
    world.answer = inNamespace('frozen')
    for (let index = 0; index < 10_000; index += 1) hold('frozen', `f${index}`)
    await clock.advance(1_000)
    world.mostUnderWay = 0
    await clock.advance(1_000)
    assert.ok(world.mostUnderWay <= 8, `${world.mostUnderWay} under way`)
    const one = hold('lively', 'l')
    await clock.advance(10)
    assert.equal(one.reported, true)
    assert.ok(retries.length > 100)
    assert.deepEqual(troubles, [{ message: troubles[0]?.message, cause: 'Forbidden', namespace: 'frozen' }])
  })

  it('says so first, and then every half minute for each cause', async () => {
    const { clock, world, troubles, hold } = aReporter()
    world.answer = ({ name }) => (name === 'a' ? denied : { kind: 'unknown', cause: 'Timeout', reason: 'no answer' })
    hold('frozen', 'a')
    hold('frozen', 'b')
    await clock.advance(29_000)
    assert.deepEqual(
      troubles.map(({ cause }) => cause),
      ['Forbidden', 'Timeout'],
    )
    await clock.advance(20_000)
    assert.equal(troubles.length, 4)
  })

  it('tells those of it that may be told, however many may not', async () => {
    const { clock, world, hold } = aReporter()
    world.answer = ({ name }) => (name.startsWith('f') ? denied : undefined)
    for (let index = 0; index < 500; index += 1) hold('mixed', `f${index}`)
    await clock.advance(5_000)
    const fine = Array.from({ length: 20 }, (_, index) => hold('mixed', `good${index}`))
    await clock.advance(200)
    assert.ok(fine.every(({ reported }) => reported))
  })
})

describe('reporter, between namespaces', () => {
  it('takes them in turn, each in the order in which its decisions came', async () => {
    const { clock, writes, hold } = aReporter()
    for (let index = 0; index < 300; index += 1) hold('big', `b${index}`)
    for (let index = 0; index < 10; index += 1) hold('small', `s${index}`)
    await clock.advance(10)
    await clock.advance(10)
    const small = writes.filter(({ key }) => key.startsWith('small'))
    assert.deepEqual(
      small.map(({ key }) => key),
      Array.from({ length: 10 }, (_, index) => `small/s${index}`),
    )
    const big = writes.filter(({ key }) => key.startsWith('big')).map(({ key }) => key)
    assert.deepEqual(
      big,
      Array.from({ length: big.length }, (_, index) => `big/b${index}`),
    )
    assert.ok(big.length < 200)
  })
})
