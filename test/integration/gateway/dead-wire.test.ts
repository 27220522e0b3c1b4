import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import { type TcpProxy, tcpProxy } from '../../fakes/tcp-proxy.ts'
import type { HttpAnswer } from '../../fixtures/gateway-process.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { note } from '../../fixtures/note.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-dead-wire'
const stocks = '/virtual-stock/stocks'
const ORDERS = 20
const DEAD_MS = 45_000
/** What is older than that is told to nobody. */
const STALE_MS = 30_000
/** A write waits 30 s for the API server, an order after that as long as it likes. */
const LONGEST_ORDER_MS = 45_000
const LONGEST_READ_MS = 12_000

interface Timed {
  readonly answer: HttpAnswer
  readonly atMs: number
  readonly tookMs: number
}

describe('the gateway whose wire to the API server goes dead without a word', function () {
  this.timeout(240_000)
  let wire: TcpProxy
  let site: GatewaySite
  let shop: string
  let directory: string

  before(async () => {
    const { url, kubeconfigPath, kubectl } = testbed()
    wire = await tcpProxy(Number(new URL(url).port))
    directory = await mkdtemp(join(tmpdir(), 'kbnt-wire-'))
    const throughWire = async (user: string) => {
      const path = join(directory, 'kubeconfig.yaml')
      const text = await readFile(await testbed().kubeconfigFor(user), 'utf8')
      await writeFile(path, text.replaceAll(url.replace(/\/$/, ''), `https://127.0.0.1:${wire.port}`))
      return path
    }
    const ground = { kubeconfigPath, kubectl, kubeconfigFor: throughWire } // the gateway's alone
    site = await gatewaySite(namespace, { gateway: { port: 0, writesPerSecond: 1_000 } }, ground)
    shop = await site.tokenOf('shop', ['get', 'list', 'create', 'patch'])
    await site.gateway.call('POST', stocks, { token: shop, body: { productId: 'seat', quantity: 200 } })
  })
  after(async () => {
    await site?.dispose()
    await wire?.close()
    await rm(directory, { recursive: true, force: true })
  })

  const timed = async (call: Promise<HttpAnswer>): Promise<Timed> => {
    const atMs = performance.now()
    const answer = await call
    return { answer, atMs, tookMs: performance.now() - atMs }
  }
  const read = () => timed(site.gateway.call('GET', `${stocks}/seat`, { token: shop }))
  const orders = (name: string, seconds: number) =>
    Array.from({ length: ORDERS }, (_, index) =>
      timed(
        site.gateway.call('POST', `${stocks}/seat/reserve`, {
          ...{ token: shop, body: { quantityToReserve: 1 } },
          headers: { 'idempotency-key': `${name}-${index}`, prefer: `wait=${seconds}` },
        }),
      ),
    )
  const waiting = async () => Number(/^kbnt_gateway_waiting (\d+)/m.exec(await site.gateway.metrics())?.[1])

  /** Orders that are stored and wait for an operator that stands still. */
  async function ordersThatWait(): Promise<Promise<Timed>[]> {
    site.operator.signal('SIGSTOP')
    const answers = orders('before', 20)
    await until('orders that wait', 30_000, async () => (await waiting()) >= ORDERS || undefined)
    return answers
  }

  async function readsFor(ms: number): Promise<Timed[]> {
    const reads: Timed[] = []
    for (const end = performance.now() + ms; performance.now() < end; await pause(1_000)) reads.push(await read())
    return reads
  }

  it('answers in time, tells nothing that may have changed since, and does everything once when it is mended', async () => {
    const before = await ordersThatWait().finally(() => wire.freeze())
    const frozenAt = performance.now()
    site.operator.signal('SIGCONT') // it decides; the gateway can't see that
    await site.kubectl(
      '-n',
      namespace,
      'patch',
      'virtualstocks.kbnt.io',
      'seat',
      '--type=merge',
      '-p',
      '{"spec":{"quantity":300}}',
    )
    const [reads, ...answers] = await Promise.all([readsFor(DEAD_MS), ...before, ...orders('late', 5)])

    for (const { answer, tookMs } of answers) {
      assert.ok([202, 503].includes(answer.status), JSON.stringify(answer.body))
      assert.ok(tookMs < LONGEST_ORDER_MS, `an answer took ${Math.round(tookMs)} ms`)
    }
    for (const { answer } of await Promise.all(before)) assert.equal(answer.status, 202, 'it is stored')
    for (const { answer, atMs, tookMs } of reads) {
      assert.ok([200, 503].includes(answer.status), JSON.stringify(answer.body))
      assert.ok(answer.status === 503 || atMs - frozenAt < STALE_MS, 'what is told is too old')
      assert.ok(tookMs < LONGEST_READ_MS, `a read took ${Math.round(tookMs)} ms`)
    }
    assert.equal(reads.at(-1)?.answer.status, 503)
    assert.equal((await site.gateway.health('/livez')).status, 200, 'a restart would mend nothing')

    wire.thaw()
    wire.cut()
    const { answer: first } = await until('a read', 60_000, async () => {
      const one = await read()
      return one.answer.status === 200 ? one : undefined
    })
    assert.equal(first.body.quantity, 300, 'the first one that is told anything is told what is true')
    const again = await until('orders that are all held', 60_000, async () => {
      const all = await Promise.all([...orders('before', 10), ...orders('late', 10)])
      return all.every(({ answer }) => answer.status === 200) ? all : undefined
    })
    assert.equal(new Set(again.map(({ answer }) => answer.body.reservationId)).size, 2 * ORDERS)
    const { answer } = await timed(site.gateway.call('GET', `${stocks}/seat?consistent=true`, { token: shop }))
    assert.deepEqual([answer.body.reserved, answer.body.available], [2 * ORDERS, 300 - 2 * ORDERS])
    const longest = (all: readonly Timed[]) => Math.round(Math.max(...all.map(({ tookMs }) => tookMs)) / 100) / 10
    note(
      `dead for ${DEAD_MS / 1_000} s: orders answered within ${longest(answers)} s, reads within ${longest(reads)} s`,
    )
  })

  it('leaves books that close', async () => {
    const sources = { kubeconfig: testbed().kubeconfigPath, namespace, kafkaBrokers: [], auditTopic: '' }
    const { lines, findings, unfinished } = await settledReport(sources, 60_000)
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
  })
})
