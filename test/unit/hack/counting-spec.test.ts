import { strictEqual as equal, match } from 'node:assert'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import type { Counts } from '../../reporters/counting-spec.ts'

describe('counting-spec', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kbnt-counting-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function run(test: string) {
    const file = join(folder, 'a.test.mjs')
    const counts = join(folder, 'counts.json')
    await writeFile(file, test)
    const { exitCode } = await runProgram({
      command: process.execPath,
      arguments: [
        ...[join(projectDirectory, 'node_modules/mocha/bin/mocha.js'), '--reporter', 'test/reporters/counting-spec.ts'],
        ...['--reporter-option', `counts=${counts}`, '--reporter-option', 'ends=200', file],
      ],
      directory: projectDirectory,
    })
    return { exitCode, counts: JSON.parse(await readFile(counts, 'utf8')) as Counts }
  }

  it('counts what has passed', async () => {
    const { exitCode, counts } = await run(`it('is well', () => undefined)`)

    equal(exitCode, 0)
    equal(counts.passed, 1)
    equal(counts.failed, 0)
  })

  it('ends a run that something keeps open, as one that has failed, and says what is open', async () => {
    const { exitCode, counts } = await run(`it('leaves a clock', () => void setInterval(() => undefined, 1000))`)

    equal(exitCode, 1)
    equal(counts.passed, 1)
    equal(counts.failed, 1)
    match(counts.failures.join(), /the tests have ended, but 0.2 s later the run has not.*Timeout/)
  })
})
