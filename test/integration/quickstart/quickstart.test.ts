import assert from 'node:assert/strict'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'

function quickstart(...flags: string[]) {
  return runProgram({ command: process.execPath, arguments: [join(projectDirectory, 'hack/quickstart.ts'), ...flags] })
}

describe('npm run quickstart', () => {
  it('brings every sample to its expected state and closes the books', async function () {
    this.timeout(180_000)
    const { exitCode, stdout, stderr } = await quickstart('--once')
    assert.equal(exitCode, 0, stdout + stderr)
    assert.match(stdout, /order-1002 +refused: needs 19 of espresso-machine, 18 available/)
    assert.match(stdout, /order-1003 +the hold ran out; 1 of espresso-machine given back/)
    assert.match(stdout, /Events on AMQ Streams: .*stock-audit-logs \d+/)
    assert.match(stdout, /Books closed: 3 stocks, 10 reservations, \d+ events, nothing missing\./)
  })

  it('does without Kafka', async function () {
    this.timeout(180_000)
    const { exitCode, stdout, stderr } = await quickstart('--once', '--events=log')
    assert.equal(exitCode, 0, stdout + stderr)
    assert.doesNotMatch(stdout, /Kafka/)
    assert.match(stdout, /Books closed: 3 stocks, 10 reservations, nothing missing\./)
  })

  it('explains a flag that it does not know', async () => {
    const { exitCode, stdout } = await quickstart('--events=nowhere')
    assert.equal(exitCode, 2)
    assert.match(stdout, /--events=log/)
  })
})
