import assert from 'node:assert/strict'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { type FlowSite, flowSite } from './flow-site.ts'
import { scriptedFlow } from './scripted-flow.ts'

describe('npm run dead-letters', function () {
  this.timeout(180_000)
  let site: FlowSite
  let broken: boolean
  afterEach(() => site.end())

  /** Four letters that died because everything was broken, and one that nobody can read. */
  async function withDeadLetters(): Promise<void> {
    site = await flowSite({ brokers: [await testbed().kafka()], clientId: 'test' })
    broken = true
    const isBroken = () => broken
    site.member((effect) =>
      scriptedFlow(effect, {
        world({ value }) {
          if (value[0] === 0) return { kind: 'dead', cause: 'Unreadable', reason: 'it is no JSON' }
          return isBroken() ? { kind: 'dead', cause: 'Broken', reason: 'a fault of ours' } : undefined
        },
      }),
    )
    await site.send(['a', 'b', 'c', 'd'].map((id) => ({ id, key: `key-${id}`, headers: { ce_type: 'io.kbnt.test' } })))
    await site.sendRaw(Buffer.from([0, 255]), 'key-x')
    await untilDead(5)
  }

  const untilDead = (count: number) =>
    until('dead letters', 60_000, async () => ((await site.read('deadLetterTopic')).length >= count ? true : undefined))

  async function command(...given: readonly string[]): Promise<{ code: number; out: string }> {
    const { exitCode, stdout, stderr } = await runProgram({
      command: process.execPath,
      arguments: [
        join(projectDirectory, 'hack/dead-letters.ts'),
        ...['--topic', site.options.deadLetterTopic, '--kafka-brokers', await testbed().kafka(), ...given],
      ],
    })
    return { code: exitCode, out: stdout + stderr }
  }

  it('says of a topic that there is not that there is none', async () => {
    site = await flowSite({ brokers: [await testbed().kafka()], clientId: 'test' })
    const { code, out } = await command('list', '--topic', 'no-such-dead-letters')
    assert.equal(code, 2)
    assert.match(out, /there is no topic no-such-dead-letters on \S+:\d+, or this user may not see it\n$/)
  })

  it('says of a topic whose messages never died that it has no dead letters', async () => {
    site = await flowSite({ brokers: [await testbed().kafka()], clientId: 'test' })
    await site.send([{ id: 'a', key: 'a' }])
    const { code, out } = await command('list', '--topic', site.options.topics[0] ?? '')
    assert.equal(code, 2)
    assert.match(out, /this is no topic of dead letters; those of flows end with -dead-letter\n$/)
  })

  it('lists them with why, and shows them with all that they are', async () => {
    await withDeadLetters()
    const all = await command('list')
    assert.equal(all.code, 0, all.out)
    assert.match(all.out, /dead {2}key-a {2}from t-.*Broken: a fault of ours\n/)
    assert.match(all.out, /\n5 letters\n$/)
    assert.match((await command('list', '--match', 'kbnt_error=Unreadable')).out, /key-x.*\n1 letter\n$/)
    const { out } = await command('show', '--match', 'ce_id=b')
    assert.match(out, /ce_type: io\.kbnt\.test\n/)
    assert.match(out, /\{"id":"b"\}/)
    assert.match((await command('show', '--match', 'key-x')).out, /\(no text; base64\) AP8=/)
  })

  it('sends back what fits, once, and it is handled then', async () => {
    await withDeadLetters()
    broken = false
    const first = await command('redrive', '--match', 'kbnt_error=Broken')
    assert.equal(first.code, 0, first.out)
    assert.match(first.out, /\n4 sent back, 0 refused, 0 before\n$/)
    await until('effects', 60_000, async () =>
      new Set(site.effects.map(({ id }) => id)).size === 4 ? true : undefined,
    )
    const second = await command('redrive', '--match', 'kbnt_error=Broken')
    assert.match(second.out, /\n0 sent back, 0 refused, 4 before\n$/)
    await site.untilHandled()
    assert.equal(site.effects.length, 4)
    assert.match((await command('list', '--match', 'key-a')).out, /sent back {2}key-a/)
  })

  it('sends the same message back three times at most', async () => {
    await withDeadLetters()
    for (let time = 1; time <= 3; time += 1) {
      const { out } = await command('redrive', '--match', 'key-a')
      assert.match(out, /1 sent back/, out)
      await until('letter that died again', 60_000, async () =>
        (await site.read('deadLetterTopic')).find(({ headers }) => headers['kbnt_redriven'] === String(time)),
      )
    }
    const { code, out } = await command('redrive', '--match', 'key-a')
    assert.equal(code, 1)
    assert.match(out, /refused: it was sent back 3 times already/)
    const letters = (await site.read('deadLetterTopic')).filter(({ headers }) => headers['ce_id'] === 'a')
    assert.equal(letters.at(-1)?.headers['ce_type'], 'io.kbnt.test')
  })

  it('says what it was not given, and that there is nothing', async () => {
    site = await flowSite({ brokers: [await testbed().kafka()], clientId: 'test' })
    const unknown = await command('delete')
    assert.equal(unknown.code, 2)
    assert.match(unknown.out, /say what to do: list, show or redrive, not "delete"/)
    assert.match((await command('list')).out, /^0 letters\n$/)
  })
})
