import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isKept, type LoadResult } from '../../../hack/load/http/result.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'load-http'
/** One caller is the whole load. */
const noLimits = { requestsPerSecond: 1_000_000, readsPerSecond: 1_000_000, writesPerSecond: 1_000_000 }

describe('npm run load:http', function () {
  this.timeout(180_000)
  let directory: string

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-load-test-'))
  })
  after(() => rm(directory, { recursive: true, force: true }))

  function load(...given: string[]) {
    const program = [join(projectDirectory, 'hack/load-http.ts'), '--report', join(directory, 'load.md'), ...given]
    return runProgram({ command: process.execPath, arguments: program })
  }
  const written = (name: string) => readFile(join(directory, name), 'utf8')
  const numbers = async (): Promise<LoadResult> => JSON.parse(await written('load.json'))

  it('gives a burst exactly what there is, by one gateway and by two, and closes the books', async () => {
    const { exitCode, stdout, stderr } = await load('burst', '--scale', '0.1', '--gateways', '1,2')
    assert.equal(exitCode, 0, stdout + stderr)
    assert.match(stdout, /Books closed: 2 stocks, 40 reservations\./)
    const { results, books, scale } = await numbers()
    assert.deepEqual(
      results.map(({ scenario, gateways, users, measured }) => ({ scenario, gateways, users, ...measured.answers })),
      [1, 2].map((gateways) => ({ scenario: 'burst', gateways, users: 20, 200: 10, 409: 10 })),
    )
    assert.deepEqual([books.closed, scale], [true, 0.1])
    const page = await written('load.md')
    assert.match(page, /!\[[^\]]+\]\(load\.svg\)/)
    assert.match(page, /^\| burst \| 2 \| 20 \| 20 \| .* \| 10 × 200, 10 × 409 \| ✓ \|$/m)
    assert.match(await written('load.svg'), /^<svg [\s\S]+<\/svg>\n$/)
  })

  describe('at a gateway that runs somewhere', () => {
    let site: GatewaySite
    let flags: string[]

    before(async () => {
      site = await gatewaySite(namespace, { gateway: { port: 0, ...noLimits } })
      const tokenFile = join(directory, 'token')
      await writeFile(tokenFile, `${await site.tokenOf('shop', ['get', 'list', 'create', 'patch'])}\n`)
      flags = ['--url', new URL(site.gateway.url()).origin, '--token-file', tokenFile, '--namespace', namespace]
    })
    after(() => site?.dispose())

    it('reads and writes, is answered as expected, closes the books and says what was missed', async () => {
      const { kubeconfigPath } = testbed()
      const { exitCode, stdout, stderr } = await load(
        'mixed',
        'updates',
        '--scale',
        '0.01',
        ...flags,
        '--kubeconfig',
        kubeconfigPath,
      )
      const { results, books } = await numbers()
      assert.deepEqual(
        results.map(({ scenario, measured: { unexpected, unanswered, examples } }) => [
          scenario,
          unexpected,
          unanswered,
          examples,
        ]),
        ['mixed', 'updates'].map((scenario) => [scenario, 0, 0, []]),
        stderr,
      )
      const [mixed, updates] = results.map(({ measured: { steps } }) => Object.keys(steps))
      assert.ok(mixed?.includes('readStock') && mixed.includes('reserve'), `${mixed}`)
      assert.deepEqual(updates?.toSorted(), ['setPrice', 'setQuantity'])
      assert.equal(books.closed, true, books.lines.join('\n'))
      // how fast this machine is at the moment is no matter of a test; that its limits decide is
      assert.equal(exitCode, results.every(isKept) ? 0 : 1, stdout + stderr)
    })

    it('compares with the last run, and says that nobody has looked into the books', async () => {
      const { stdout } = await load('updates', '--scale', '0.01', ...flags)
      assert.match(stdout, /Books: not looked at; --kubeconfig FILE lets the audit do it\./)
      const page = await written('load.md')
      assert.match(page, /## Beside the last run/)
      assert.match(page, /^\| updates \| 1 \| .* → .* \|$/m)
      assert.match(page, /Nobody has looked\./)
    })

    it('ends with 1 and the answer where its stocks can not be made', async () => {
      const reader = join(directory, 'reader-token')
      await writeFile(reader, await site.tokenOf('reader', ['get', 'list']))
      const { exitCode, stderr } = await load('updates', ...flags, '--token-file', reader)
      assert.equal(exitCode, 1)
      assert.match(stderr, /^load:http: stock updates-\S+ was not opened: http:\S+ answered 403: /m)
    })

    it('ends with 1 and one sentence where its token counts for nothing', async () => {
      const wrong = join(directory, 'wrong-token')
      await writeFile(wrong, 'not.a.token')
      const { exitCode, stderr } = await load('updates', ...flags, '--token-file', wrong)
      assert.equal(exitCode, 1)
      assert.match(stderr, /^load:http: http:\S+ answered 401: /m)
    })
  })

  it('ends with 1 where nobody answers', async () => {
    const token = join(directory, 'any-token')
    await writeFile(token, 'any')
    const url = ['--url', 'http://127.0.0.1:1', '--token-file', token, '--namespace', namespace]
    const { exitCode, stderr } = await load('updates', ...url)
    assert.equal(exitCode, 1)
    assert.match(stderr, /^load:http: http:\/\/127\.0\.0\.1:1 can't be asked: /m)
  })

  it('ends with 2 and a sentence where it is asked for what there is not', async () => {
    const { exitCode, stderr } = await load('rush')
    assert.equal(exitCode, 2)
    assert.match(stderr, /^there is no scenario "rush": warm-up, baseline, /)
  })
})
