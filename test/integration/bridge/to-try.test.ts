import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bridgeCallsToTry } from '../../../hack/quickstart/rest-bridge.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { projectTopics } from '../../../hack/testbed/project-topics.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { type BridgeSite, bridgeSite } from './bridge-site.ts'

const event = { key: 'shop/gift-card', value: '{"type":"io.kbnt.stock.opened"}' }

async function shell(commands: string): Promise<string> {
  const script = commands.trim().replaceAll(/(?<!\\)$/gm, '\necho') // answers have no line of their own
  const { exitCode, stdout, stderr } = await runProgram({ command: 'bash', arguments: ['-c', script] })
  assert.equal(exitCode, 0, stderr)
  return stdout
}

describe('What there is to try at the bridge', () => {
  let site: BridgeSite
  before(async function () {
    this.timeout(120_000)
    const { brokers } = await testbed().ownKafka() // what we write is no event of ours
    await projectTopics(brokers)
    site = await bridgeSite({ connection: { brokers: brokers.split(','), clientId: 'test' } })
    await site.topic(1, 'shop-messages')
    await site.send('stock-audit-logs', 'text', event)
    // a Kafka that has had no group yet takes its time for the first one
    await site.read(await site.consumer('stock-audit-logs', { format: 'text' }), 'text', 1)
  })
  after(() => site?.end())

  const guide = readFileSync(join(projectDirectory, 'docs/guide/kafka.md'), 'utf8')
  const [, ofGuide = ''] = /### On your machine[\s\S]*?```sh\n([\s\S]*?)```/.exec(guide) ?? []
  const tries = [
    { where: 'the guide', commands: (url: string) => ofGuide.replace('http://127.0.0.1:8082', url) },
    { where: 'what the quickstart prints', commands: bridgeCallsToTry },
  ]
  for (const { where, commands } of tries)
    it(`works as ${where} has it: sends, and reads events`, async () => {
      const told = await shell(commands(site.url))
      assert.match(told, /^\{"offsets":\[\{"partition":\d,"offset":\d+\}\]\}$/m)
      assert.match(
        told,
        /^\{"instance_id":"me","base_uri":"http:\/\/127\.0\.0\.1:\d+\/consumers\/\w+\/instances\/me"\}$/m,
      )
      assert.match(told, /^\[\{"topic":"stock-audit-logs","key":"shop\/gift-card","value":"\{\\"type\\":/m)
      assert.doesNotMatch(told + (await shell(commands(site.url))), /error_code/) // nor when it is tried again
    })
})
