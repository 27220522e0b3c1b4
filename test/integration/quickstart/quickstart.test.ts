import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'

function quickstart(...flags: string[]) {
  return runProgram({ command: process.execPath, arguments: [join(projectDirectory, 'hack/quickstart.ts'), ...flags] })
}

describe('npm run quickstart', () => {
  it('brings every sample to its expected state and closes the books', async function () {
    this.timeout(180_000)
    const { exitCode, stdout, stderr } = await quickstart('--once', '--bridge', '--bridge-port=0')
    assert.equal(exitCode, 0, stdout + stderr)
    assert.match(stdout, /order-1002 +refused: needs 19 of espresso-machine, 18 available/)
    assert.match(stdout, /order-1003 +the hold ran out; 1 of espresso-machine given back/)
    assert.match(stdout, /web-1 +reserved 4 vCPU, 8Gi, 40Gi, 0\.0600 USD an hour: booting/)
    assert.match(stdout, /web-1 +running at 10\.10\.\d+\.\d+, up after 2\.0 s/)
    assert.match(stdout, /batch-1 +waiting for 5 of us-east-1-cpu, .*3 of us-east-1-cpu missing/)
    assert.match(stdout, /giant +can never fit: needs 64 of us-east-1-cpu/)
    assert.match(stdout, /^NAME +PHASE +CPU [^\n]*\nbatch-1 +Reserving +5 /m)
    assert.doesNotMatch(stdout, /batch-1-\w+ /, 'the reservation of a machine has no line of its own')
    assert.match(stdout, /gift-card\/reserve +200 2 of gift-card held until \d\d:\d\d:\d\dZ, \d+ left/)
    assert.match(stdout, /POST …\/orders +Completed: ORD-[0-9A-F]{8}, paid and sold/)
    assert.match(stdout, /PostgreSQL ready on 127\.0\.0\.1:\d+/)
    assert.match(stdout, /order-3001 +confirmed: 2 of festival-ticket sold/)
    assert.match(stdout, /order-3002 +refused: .* has no waiting lists/)
    assert.match(stdout, /festival-ticket\/reserve +200 3 of festival-ticket held until .*, 49995 left/)
    assert.match(stdout, /reservations\/…\/confirm +200 3 of festival-ticket sold/)
    assert.match(stdout, /^NAME .* LEDGER\n[\s\S]*^festival-ticket +50000 +49995 +0 +5 +Postgres$/m)
    for (const end of [
      'Completed +Completed +Taken',
      'Cancelled +InsufficientStock',
      'Cancelled +PaymentDeclined +Declined',
    ])
      assert.match(stdout, new RegExp(`^order-200\\d +\\w+ +[\\d.]+ +EUR +${end}`, 'm'))
    assert.match(stdout, /^order-2004 .* StockNotFound /m)
    assert.match(stdout, /^order-2005 +mallory .* UserRefused /m)
    assert.match(stdout, /DESK_7 +Completed: running at [\d.]+, up after 2\.0 s\n +[\d:]+ +kbnt-gateway +Accept\n/)
    assert.match(stdout, /DESK_8, 64 vCPU +Failed: needs 64 of us-east-1-cpu/)
    assert.match(stdout, /lab-robot +dead letter: NamespaceNotFound/)
    assert.match(stdout, /sent back to virtualization-requests\/\d, for the first time/)
    assert.match(stdout, /lab-robot +Completed: running at/)
    assert.match(stdout, /Kafka over HTTP on http:\/\/127\.0\.0\.1:\d+/)
    assert.match(stdout, /POST …\/topics\/shop-messages +\{"offsets":\[\{"partition":\d,"offset":\d+\}\]\}/)
    assert.match(stdout, /GET …\/consumers\/…\/records +\d+ of stock-audit-logs/)
    assert.match(stdout, /Events on Kafka: .*stock-audit-logs \d+.*virtualization-events 2\d/)
    assert.match(stdout, /Books closed: 7 stocks, 25 reservations, 7 machines, \d+ events, nothing missing/)
  })

  it('does without Kafka, and without PostgreSQL where there is none', async function () {
    this.timeout(180_000)
    // npm has no PostgreSQL for such a machine
    const elsewhere = `data:text/javascript,${encodeURIComponent("Object.defineProperty(process, 'arch', { value: 'mips' })")}`
    const { exitCode, stdout, stderr } = await runProgram({
      command: process.execPath,
      arguments: ['--import', elsewhere, join(projectDirectory, 'hack/quickstart.ts'), '--once', '--events=log'],
      environment: { ...process.env, PATH: withoutPostgres(process.env['PATH']) },
    })
    assert.equal(exitCode, 0, stdout + stderr)
    assert.doesNotMatch(stdout, /Kafka|festival-ticket|LEDGER|virtualize/)
    assert.match(stdout, /^ {2}– no PostgreSQL: [^\n]*; its part is left out$/m)
    assert.match(stdout, /Books closed: 6 stocks, 20 reservations, 4 machines, nothing missing\./)
  })

  for (const { flags, says } of [
    { flags: ['--events=nowhere'], says: /^--events: "nowhere" is neither kafka nor log[\s\S]*--events=log/ },
    { flags: ['--bridge', '--events=log'], says: /^--bridge is a bridge to Kafka, which --events=log does without/ },
    { flags: ['--bridge-port=80'], says: /^--bridge-port says where the bridge is: give --bridge as well/ },
    { flags: ['--bridge', '--bridge-port=http'], says: /^--bridge-port: "http" is no port from 0 to 65535/ },
  ])
    it(`explains that it makes no sense of ${flags.join(' ')}`, async () => {
      const { exitCode, stderr } = await quickstart(...flags)
      assert.equal(exitCode, 2)
      assert.match(stderr, says)
    })

  it('explains a flag that does not exist without a stack trace', async () => {
    const { exitCode, stderr } = await quickstart('--frobnicate')
    assert.equal(exitCode, 2)
    assert.match(stderr, /--frobnicate/)
    assert.doesNotMatch(stderr, /^ +at /m)
  })

  it('stops what it has started when it is interrupted half way, and does not call that good', async function () {
    this.timeout(120_000)
    const TMPDIR = await mkdtemp(join(tmpdir(), 'kbnt-interrupted-'))
    await chmod(TMPDIR, 0o755) // else PostgreSQL, which is never root, can't be on its way when the end comes
    const script = join(projectDirectory, 'hack/quickstart.ts')
    const child = spawn(process.execPath, [script, '--once', '--events=log'], { env: { ...process.env, TMPDIR } })
    const ended = once(child, 'exit')
    let pids: string[] = []
    let told = ''
    for await (const text of child.stdout.setEncoding('utf8')) {
      told += text
      if (!String(text).includes('API server ready')) continue
      pids = await childrenOf(child.pid)
      child.kill('SIGTERM')
    }
    assert.deepEqual(await ended, [130, null])
    assert.match(told, /^Stopping …$/m)
    assert.ok(pids.length >= 2, 'there were servers to stop')
    assert.deepEqual(
      pids.filter((pid) => existsSync(`/proc/${pid}`)),
      [],
    )
    assert.deepEqual(await readdir(TMPDIR), [])
    await rm(TMPDIR, { recursive: true })
  })
})

/** The folders of a PATH that have no `postgres`. */
function withoutPostgres(path = ''): string {
  return path
    .split(delimiter)
    .filter((folder) => !existsSync(join(folder, 'postgres')))
    .join(delimiter)
}

/** As the kernel lists them. */
async function childrenOf(pid: number | undefined): Promise<string[]> {
  const { stdout } = await runProgram({ command: 'ps', arguments: ['-o', 'pid=', '--ppid', String(pid)] })
  return stdout.split('\n').flatMap((line) => line.trim() || [])
}
