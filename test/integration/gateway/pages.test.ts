import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { type GatewayProcess, gatewayProcess } from '../../fixtures/gateway-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'gateway-pages'

/** Undefined where this machine has none. */
const browser = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((directory) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(directory, name)))
  .find((path) => existsSync(path))

describe('the pages of the gateway, as its image has them', function () {
  this.timeout(120_000)
  let directory: string
  let gateway: GatewayProcess
  let origin: string

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-pages-'))
    const { kubectl, kubeconfigPath } = testbed()
    await kubectl(['create', 'namespace', namespace])
    gateway = gatewayProcess({ kubeconfigPath, namespaces: [namespace] })
    await gateway.start()
    origin = new URL(gateway.url()).origin
  })
  after(async () => {
    await gateway?.dispose()
    await rm(directory, { recursive: true, force: true })
  })

  it('are there without a token, and a page for what a call without one is told', async () => {
    for (const path of ['/docs', '/docs/page.js', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css']) {
      assert.equal((await fetch(origin + path)).status, 200, path)
    }
    const { status, body } = await gateway.call('GET', '/reservations')
    assert.equal(status, 401)
    assert.match(await (await fetch(origin + body.type)).text(), /^Unauthorized \(401\)\n/)
  })

  it('show every call in a browser, which finds nothing against their policy (needs Chromium on PATH)', async function () {
    if (browser === undefined) return this.skip()
    const { paths } = (await (await fetch(`${origin}/openapi.json`)).json()) as { paths: Record<string, object> }
    const profile = `--user-data-dir=${join(directory, 'profile')}`
    const { exitCode, stdout, stderr } = await runProgram({
      command: browser,
      arguments: [
        ...['--headless=new', '--no-sandbox', '--disable-gpu', profile, '--enable-logging=stderr'],
        // a page that is drawn sooner ends sooner: this time is the browser's own
        ...['--virtual-time-budget=30000', '--dump-dom', `${origin}/docs#/Reservations/reserveStock`],
      ],
    })
    assert.equal(exitCode, 0, stderr)
    const shown = [...stdout.matchAll(/data-path="([^"]+)"/g)].map(([, path = '']) => path)
    const calls = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map(() => path))
    assert.deepEqual(shown.sort(), calls.sort())
    assert.match(stdout, /Idempotency-Key/, 'the call that the address names is open')
    assert.doesNotMatch(stderr, /CONSOLE|Content Security Policy/)
  })
})
