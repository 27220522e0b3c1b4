import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { BackgroundTestbed } from '../../../hack/testbed/background.ts'
import { cacheDirectory, projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'

describe('the test bed in the background', () => {
  let home: string
  const inHome = (name: string) => join(home, 'kbnt-operator', name)

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'kbnt-cache-')) // where no test bed of somebody else runs
    const builds = await readdir(cacheDirectory(process.env), { withFileTypes: true })
    await mkdir(inHome(''), { recursive: true })
    const made = builds.filter((entry) => entry.isDirectory() && /^(kube|postgres)-/.test(entry.name))
    for (const { name } of made) await symlink(join(cacheDirectory(process.env), name), inHome(name))
  })
  after(async () => {
    await run('down')
    await rm(home, { recursive: true, force: true })
  })

  const run = (...given: string[]) =>
    runProgram({
      command: process.execPath,
      arguments: [join(projectDirectory, 'hack/testbed.ts'), ...given],
      environment: { ...process.env, XDG_CACHE_HOME: home },
    })
  const up = async (...given: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run('up', '--no-kafka', ...given)
    assert.equal(exitCode, 0, stderr)
    return stdout
  }
  const state = async () => JSON.parse(await readFile(inHome('testbed.json'), 'utf8')) as BackgroundTestbed

  it('gets PostgreSQL added, says where it is, and takes it away again with clients on it', async function () {
    this.timeout(180_000)
    assert.doesNotMatch(await up(), /POSTGRES/)
    const { processes: first } = await state()
    const [, url] = /^export KBNT_POSTGRES_URL=(\S+)$/m.exec(await up('--postgres')) ?? []
    const { processes, postgres } = await state()
    assert.deepEqual(processes.slice(0, -1), first)
    assert.equal(await up('--postgres'), await up()) // neither starts it twice nor forgets it

    const client = new pg.Client({ connectionString: url ?? '' })
    const ended = new Promise((resolve) => client.on('error', resolve))
    await client.connect()
    assert.equal((await client.query('SELECT 1 AS one')).rows[0].one, 1)

    const running = await run('status')
    assert.equal(running.exitCode, 0, running.stdout)
    assert.match(running.stdout, /^PostgreSQL +runs \(pid \d+\) +log: /m)
    assert.match(running.stdout, new RegExp(`^export KBNT_POSTGRES_URL=${url}$`, 'm'))

    const down = await run('down')
    assert.equal(down.exitCode, 0, down.stderr)
    assert.match(String(await ended), /administrator command|terminated unexpectedly/)
    assert.equal(existsSync(postgres?.directory ?? ''), false)
    assert.equal((await run('status')).exitCode, 1)
  })
})
