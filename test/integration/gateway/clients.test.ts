import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { type Finished, runProgram } from '../../../hack/testbed/run-program.ts'
import {
  BUSY_SECONDS,
  type Fault,
  type FaultyProxy,
  faultyProxy,
  type ProxiedCall,
} from '../../fixtures/faulty-proxy.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-clients'
const stocks = '/virtual-stock/stocks'
const samples = join(projectDirectory, 'config/samples/gateway/clients')
const nowhere = 'http://127.0.0.1:1/api/v1'

const hasPython = await runProgram({ command: 'python3', arguments: ['--version'] }).catch(() => undefined)

const clients = [
  { language: 'TypeScript', name: 'ts', command: [process.execPath, join(samples, 'checkout.ts')], there: true },
  {
    language: 'Python (needs python3 on PATH)',
    name: 'py',
    command: ['python3', join(samples, 'checkout.py')],
    there: hasPython?.exitCode === 0,
  },
] as const

describe('the sample clients of the gateway', function () {
  this.timeout(120_000)
  let site: GatewaySite
  let token: string
  let directory: string
  const proxies: FaultyProxy[] = []

  before(async () => {
    site = await gatewaySite(namespace)
    token = await site.tokenOf('shop', ['get', 'list', 'create', 'patch'])
    directory = await mkdtemp(join(tmpdir(), 'kbnt-clients-'))
    await writeFile(join(directory, 'shop.token'), `${token}\n`)
    await writeFile(join(directory, 'old.token'), `${token}x\n`)
    for (const { name } of clients)
      await site.gateway.call('POST', stocks, { token, body: { productId: `mug-${name}`, quantity: 10 } })
  })
  afterEach(() => Promise.all(proxies.splice(0).map((proxy) => proxy.close())))
  after(async () => {
    await site?.dispose()
    await rm(directory, { recursive: true, force: true })
  })

  async function behind(faultOf: (call: ProxiedCall) => Fault): Promise<FaultyProxy> {
    const proxy = await faultyProxy(site.gateway.url(), faultOf)
    proxies.push(proxy)
    return proxy
  }

  const balances = async (name: string) => {
    const { body } = await site.gateway.call('GET', `${stocks}/mug-${name}?consistent=true`, { token })
    return { available: body.available, reserved: body.reserved, confirmed: body.confirmed }
  }
  const phasesOf = async (order: string) => {
    const { body } = await site.gateway.call('GET', `/reservations?consumer=${order}`, { token })
    return body.items.map(({ phase }: { phase: string }) => phase)
  }

  for (const { language, name, command, there } of clients)
    describe(`in ${language}`, () => {
      before(function () {
        if (!there) this.skip()
      })

      const run = (gateway: string, ...args: readonly string[]) => runWith('shop.token', gateway, ...args)

      function runWith(tokenFile: string, gateway: string, ...args: readonly string[]): Promise<Finished> {
        const [program, script] = command
        const environment = {
          ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], NO_PROXY: '127.0.0.1' },
          ...{ GATEWAY: gateway, TOKEN_FILE: join(directory, tokenFile) },
        }
        return runProgram({ command: program, arguments: [script, ...args], environment })
      }

      it('sells what it holds, once, though answers get lost, break off or never come', async () => {
        const faults: Record<string, Fault[]> = { reserve: ['lost', 'half', 'busy'], confirm: ['lost', 'busy'] }
        const { url, calls } = await behind(({ path }) => faults[path.split('/').at(-1) ?? '']?.shift())
        const before = await balances(name)
        const order = `lost-${name}`
        const { exitCode, stdout, stderr } = await run(url, `mug-${name}`, '2', order)
        assert.equal(exitCode, 0, stdout + stderr)
        assert.match(stdout, /^Reserved: 2 of mug-.* held until .*\nConfirmed: 2 of mug-/)
        assert.deepEqual(
          calls.map(({ path, idempotencyKey }) => `${path.split('/').at(-1)} ${idempotencyKey}`),
          [...Array(4).fill(`reserve ${order}`), ...Array(3).fill('confirm undefined')],
        )
        const [, , busy, after] = calls
        assert.ok(busy && after && after.atMs - busy.atMs >= BUSY_SECONDS * 1_000, 'it waits as long as it is told to')
        assert.deepEqual(await phasesOf(order), ['Confirmed'])
        assert.deepEqual(await balances(name), {
          available: before.available - 2,
          reserved: before.reserved,
          confirmed: before.confirmed + 2,
        })
        const again = await run(url, `mug-${name}`, '2', order)
        assert.equal(again.exitCode, 0, again.stderr)
        assert.deepEqual(await phasesOf(order), ['Confirmed'], 'run again, it sells nothing more')
      })

      it('looks where a 202 says until it is decided, and gives back what it holds', async () => {
        const before = await balances(name)
        const order = `slow-${name}`
        const { url, calls } = await behind(() => undefined)
        site.operator.signal('SIGSTOP')
        let ended: Promise<Finished>
        try {
          ended = run(url, `mug-${name}`, '3', order, 'give-back')
          const isLook = ({ method, path }: ProxiedCall) => method === 'GET' && /[/]reservations[/]r-/.test(path)
          await until('a look at what is not decided', 30_000, async () => calls.some(isLook) || undefined)
        } finally {
          site.operator.signal('SIGCONT')
        }
        const { exitCode, stdout, stderr } = await ended
        assert.equal(exitCode, 0, stdout + stderr)
        assert.match(stdout, /^Reserved: 3 of .*\nReleased: 3 of /)
        assert.deepEqual(await phasesOf(order), ['Released'])
        assert.deepEqual(await balances(name), before)
      })

      it('brings back what an earlier run has sold, and gives nothing back twice', async () => {
        const before = await balances(name)
        const order = `returned-${name}`
        const { url } = await behind(() => undefined)
        assert.equal((await run(url, `mug-${name}`, '1', order)).exitCode, 0)
        const returned = await run(url, `mug-${name}`, '1', order, 'give-back')
        assert.equal(returned.exitCode, 0, returned.stderr)
        assert.match(returned.stdout, /^Confirmed: 1 of .*\nReleased: 1 of /)
        assert.deepEqual(await phasesOf(order), ['Released'])
        const again = await run(url, `mug-${name}`, '1', order, 'give-back')
        assert.deepEqual([again.exitCode, again.stdout], [3, ''])
        assert.match(again.stderr, /^refused: ReleasedByClient: /)
        assert.deepEqual(await balances(name), before)
      })

      it('says in the words of the books why they refuse, and tries that no second time', async () => {
        const { url, calls } = await behind(() => undefined)
        const { exitCode, stdout, stderr } = await run(url, `mug-${name}`, '99', `large-${name}`)
        assert.deepEqual([exitCode, stdout], [3, ''])
        assert.match(stderr, /^refused: NeverFits: needs 99 of mug-/)
        assert.equal(calls.length, 1)
      })

      it('does not call refused what another order with its key may hold', async () => {
        const order = `twice-${name}`
        assert.equal((await run(site.gateway.url(), `mug-${name}`, '1', order)).exitCode, 0)
        const { exitCode, stdout, stderr } = await run(site.gateway.url(), `mug-${name}`, '2', order)
        assert.deepEqual([exitCode, stdout], [1, ''])
        assert.match(stderr, /^not known: KeyReused: /)
        assert.deepEqual(await phasesOf(order), ['Confirmed'])
      })

      it('sends nothing when it is called wrongly, and says how it is called', async () => {
        const { url, calls } = await behind(() => undefined)
        for (const wrong of [[], [`mug-${name}`, 'two', `wrong-${name}`], [`mug-${name}`, '1']]) {
          const { exitCode, stderr } = await run(url, ...wrong)
          assert.equal(exitCode, 2, stderr)
          assert.match(stderr, /STOCK QUANTITY ORDER/)
        }
        assert.deepEqual(calls, [])
      })

      it('does not call refused what nobody answers', async () => {
        const { exitCode, stdout, stderr } = await run(nowhere, `mug-${name}`, '1', `never-${name}`)
        assert.deepEqual([exitCode, stdout], [1, ''])
        assert.match(stderr, /^not known: /)
      })

      it('does not call refused what somebody may not ask any more: an earlier try may have held it', async () => {
        const product = `mug-${name}`
        const { exitCode, stdout, stderr } = await runWith('old.token', site.gateway.url(), product, '1', `old-${name}`)
        assert.deepEqual([exitCode, stdout], [1, ''])
        assert.match(stderr, /^not known: Unauthorized: /)
      })
    })
})
