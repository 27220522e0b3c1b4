import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { FlowMessage } from '../../../operator/application/flow/flow.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { type FlowSite, firstDone, flowSite } from './flow-site.ts'
import { byKey, ids, inOrder, numbered } from './numbered.ts'
import { scriptedFlow } from './scripted-flow.ts'

describe('members of a group', function () {
  this.timeout(180_000)
  let site: FlowSite
  const make = async (options: Parameters<typeof flowSite>[1] = {}) => {
    site = await flowSite({ brokers: [await testbed().kafka()], clientId: 'test' }, options)
    return site
  }
  afterEach(() => site.end())

  it('shares the partitions among members, and each message is done once and in the order of its key', async () => {
    const { send, member, untilIn, untilHandled, effects } = await make()
    const counting = () => member(scriptedFlow, { countsMembers: true })
    const members = [counting(), counting(), counting()]
    await untilIn(...members)
    await pause(4_000) // each has heard that the last one has come
    const knowing = async () => members.every(({ consumer }) => consumer.members() === 3) || undefined
    await until('all know how many they are', 30_000, knowing)
    const joins = members.map(({ counts }) => counts.joins)
    await send(numbered(600))
    await untilHandled()
    assert.deepEqual(byKey(firstDone(effects)), byKey(inOrder(600)))
    if (members.every(({ counts }, index) => counts.joins === joins[index])) assert.equal(effects.length, 600)
  })

  it('loses nothing and keeps the order of each key while members come and go under load', async () => {
    const { send, member, untilIn, untilHandled, effects } = await make()
    const first = member()
    await untilIn(first)
    await send(numbered(1_000, 5))
    const second = member()
    await untilIn(second)
    const third = member()
    await untilIn(third)
    assert.equal(await first.consumer.stop(10_000), true)
    await untilHandled()
    assert.deepEqual(
      ids(effects).filter((id, index, all) => id !== all[index - 1]),
      ids(numbered(1_000)),
    )
    assert.deepEqual(byKey(firstDone(effects)), byKey(inOrder(1_000)))
  })

  it('ends in order: what is begun is done and committed, and nobody does it again', async () => {
    const { send, member, untilIn, untilHandled, effects } = await make()
    const first = member()
    await untilIn(first)
    await send(numbered(400, 10))
    await until('some effects', 30_000, async () => (effects.length > 50 ? true : undefined))
    const { joins } = first.counts
    assert.equal(await first.consumer.stop(10_000), true)
    assert.ok(effects.length < 400)
    await untilIn(member())
    await untilHandled()
    assert.deepEqual([...new Set(ids(effects))], ids(numbered(400)))
    if (first.counts.joins === joins) assert.equal(effects.length, 400)
  })

  it('goes on where a killed member was, and loses nothing', async () => {
    const { send, process, effectsOf, untilHandled } = await make()
    const [one, other] = [process(), process()]
    await Promise.all([one.start(), other.start()])
    await send(numbered(600, 20))
    await until('some effects', 30_000, async () => (effectsOf(one).length > 20 ? true : undefined))
    await one.kill()
    await untilHandled()
    const done = new Set(ids([...effectsOf(one), ...effectsOf(other)]))
    assert.deepEqual([...done].toSorted(), ids(numbered(600)))
  })

  it('has a member that was frozen beyond its session commit nothing that others have taken over', async () => {
    const { send, process, effectsOf, untilHandled, committed } = await make()
    const [frozen, other] = [process(), process()]
    await Promise.all([frozen.start(), other.start()])
    await send(numbered(600, 20))
    await until('some effects', 30_000, async () => (effectsOf(frozen).length > 20 ? true : undefined))
    frozen.signal('SIGSTOP')
    await untilHandled()
    frozen.signal('SIGCONT')
    await pause(3_000)
    assert.equal(await committed(), 600n)
    await send(numbered(20).map(({ key }) => ({ key, id: `later-${key}` })))
    await untilHandled()
    const done = new Set(ids([...effectsOf(frozen), ...effectsOf(other)]))
    assert.equal(done.size, 620)
  })

  it('stays a member while a handler takes longer than its session', async () => {
    const { send, member, untilIn, untilHandled, effects } = await make()
    const members = [member(), member()]
    await untilIn(...members)
    await pause(4_000) // both have joined in the end
    const joins = members.map(({ counts }) => counts.joins)
    await send([{ id: 'slow', key: 'a', takesMs: 14_000 }, ...numbered(20)])
    await untilHandled()
    assert.deepEqual(
      members.map(({ counts }) => counts.joins),
      joins,
    )
    assert.equal(effects.filter(({ id }) => id === 'slow').length, 1)
  })

  it('has a flow recall what was handled before, each time that partitions are given out', async () => {
    const { send, member, untilIn, untilHandled } = await make()
    const first = member()
    await untilIn(first)
    await send(numbered(100))
    await untilHandled()
    const recalled: FlowMessage[] = []
    const ready: number[] = []
    const handled: string[] = []
    assert.equal(await first.consumer.stop(5_000), true)
    member(() =>
      scriptedFlow(({ id }) => handled.push(id), {
        memory: {
          begin() {
            recalled.length = 0
            ready.length = 0
          },
          recall: (message) => recalled.push(message),
          recalled: ({ partition }) => ready.push(partition),
        },
      }),
    )
    await until('memory of all', 60_000, async () => (ready.length === 3 ? true : undefined))
    assert.equal(recalled.length, 100)
    assert.deepEqual(handled, [])
    await send([{ id: 'new', key: 'a' }])
    await untilHandled()
    assert.deepEqual(handled, ['new'])
  })
})
