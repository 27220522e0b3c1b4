import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { testbed } from '../../fixtures/testbed.ts'

const script = join(projectDirectory, 'hack/bridge.ts')
const { KBNT_KAFKA_BROKERS: _none, ...environment } = process.env

const bridge = (...flags: string[]) =>
  runProgram({ command: process.execPath, arguments: [script, ...flags], environment })

describe('npm run bridge', () => {
  for (const { flags, says } of [
    { flags: ['--port=http', '--kafka-brokers=a:1'], says: /^--port: "http" is no port from 0 to 65535\n\n.*npm run/s },
    { flags: [], says: /^which Kafka\? --kafka-brokers or --config says it/ },
    { flags: ['--kafka-brokers=127.0.0.1:1'], says: /^bridge: no bridge to 127\.0\.0\.1:1: .*127\.0\.0\.1:1/ },
  ])
    it(`says why it does not start with ${flags.join(' ') || 'nothing'}`, async () => {
      const { exitCode, stderr } = await bridge(...flags)
      assert.equal(exitCode, 2)
      assert.match(stderr, says)
    }).timeout(60_000)

  it('says where it is, serves, and ends when it is told to', async () => {
    const KBNT_KAFKA_BROKERS = await testbed().kafka()
    const child = spawn(process.execPath, [script, '--port', '0'], { env: { ...environment, KBNT_KAFKA_BROKERS } })
    const ended = once(child, 'exit')
    for await (const text of child.stdout.setEncoding('utf8')) {
      const [, url] = /^Kafka over HTTP on (\S+); Ctrl-C ends it$/m.exec(text) ?? []
      assert.equal((await fetch(`${url}/topics`)).status, 200)
      child.kill('SIGTERM')
    }
    assert.deepEqual(await ended, [0, null])
  }).timeout(120_000)
})
