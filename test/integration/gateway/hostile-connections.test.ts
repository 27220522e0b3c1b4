import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connectionLimits } from '../../../operator/infrastructure/http/gateway/http-server.ts'
import { connection, hangUp } from '../../fixtures/gateway-connections.ts'
import { answerIn, type HostileSite, hostileSite, order, shown, stocks } from '../../fixtures/hostile.ts'
import { note } from '../../fixtures/note.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'hostile-connections'
const one = '{"quantityToReserve":1}'
const WANTED_IDLE = 10_000
/** Of the files that a process may have open, so many are for other things. */
const OTHER_FILES = 500
const OPENED_AT_ONCE = 250
/** Connections that nobody uses are cheap; one that keeps what it was sent is not. */
const MOST_MORE_BYTES = 200 * 1024 * 1024

describe('a real gateway among connections that mean it no good', function () {
  this.timeout(120_000)
  let site: HostileSite

  before(async () => {
    site = await hostileSite(namespace)
  })
  after(() => site?.dispose())
  afterEach(async () => {
    hangUp()
    await site.serves()
  })

  /** A connection that sends this and then a little each second, until it is closed. */
  async function drip(start: string, drop: string): Promise<string> {
    const { socket, text, closed } = connection(site.port())
    socket.write(start)
    const timer = setInterval(() => socket.write(drop), 1_000)
    await closed
    clearInterval(timer)
    return shown(answerIn(text()))
  }

  it('waits only so long for those who send a little now and then, and serves others meanwhile', async () => {
    const fiftyOf = (start: string, drop: string) => Array.from({ length: 50 }, () => drip(start, drop))
    const head = site.post(order, '', 'content-length: 1000')
    const answers = [
      ...fiftyOf('GET / HTTP/1.1\r\nhost: x\r\n', 'a: b\r\n'),
      ...fiftyOf(`${head}{`, ' '),
      ...fiftyOf('', ''),
    ]
    await site.serves()
    assert.deepEqual(new Set(await Promise.all(answers)), new Set(['408 TooSlow']))
  })

  it('takes those for gone who hang up in part, answers nobody, and has done once what it has done', async () => {
    const before = await site.reserved()
    const ends = Array.from({ length: 20 }, async (_, index) => {
      const socket = connect({ port: site.port(), host: '127.0.0.1', allowHalfOpen: true })
      socket.end(site.post(order, one, `content-length: ${one.length}`, `idempotency-key: half-${index}`))
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      await once(socket, 'close')
      assert.equal(text, '')
    })
    await Promise.all(ends)
    const again = await Promise.all(ends.map((_, index) => site.reserve(`half-${index}`)))
    assert.deepEqual(new Set(again.map(({ status }) => status)), new Set([200]))
    assert.equal((await site.reserved()) - before, ends.length)
  })

  it('does a key once, however often it is sent at once, and not for what others ordered by it', async () => {
    const before = await site.reserved()
    const answers = await Promise.all(Array.from({ length: 50 }, () => site.reserve('again')))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.equal(new Set(answers.map(({ body }) => body.reservationId)).size, 1)
    assert.equal(shown(await site.reserve('again', { quantityToReserve: 2 })), '422 KeyReused')
    const thief = await site.tokenOf('thief', ['get', 'list', 'create'])
    const other = await site.reserve('again', { quantityToReserve: 1 }, thief)
    assert.deepEqual([other.status, other.headers.get('idempotent-replayed')], [200, null])
    assert.notEqual(other.body.reservationId, answers[0]?.body.reservationId)
    assert.equal((await site.reserved()) - before, 2)
  })

  it('serves others while ten thousand connections do nothing, in little memory', async () => {
    const files = Number(execFileSync('sh', ['-c', 'ulimit -Hn']).toString().replace('unlimited', '1e9'))
    const wanted = Math.min(WANTED_IDLE, files - OTHER_FILES)
    const before = await residentBytes()
    const idle = new Set<Socket>()
    try {
      for (let opened = 0; opened < wanted; opened += OPENED_AT_ONCE) {
        await Promise.all(Array.from({ length: Math.min(OPENED_AT_ONCE, wanted - opened) }, open))
        const newcomer = await site.raw(site.get(`/api/v1${stocks}/seat`))
        assert.equal(newcomer.status, 200, newcomer.text)
      }
      await until('no more connections than may be', 10_000, async () =>
        idle.size <= connectionLimits.maxConnections ? true : undefined,
      )
      const more = (await residentBytes()) - before
      note(`${wanted} connections that do nothing: ${idle.size} are kept, ${Math.round(more / 1024 / 1024)} MiB more`)
      assert.ok(more < MOST_MORE_BYTES, `${more} bytes more`)
      await site.serves()
    } finally {
      for (const socket of idle) socket.destroy()
    }

    async function open(): Promise<void> {
      const socket = connect(site.port(), '127.0.0.1')
      idle.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => idle.delete(socket)).resume()
      await once(socket, 'connect')
    }
  })

  describe('in the end', () => {
    it('leaves books that close', () => site.closes())

    it('has answered nothing by a fault of its own', async () => {
      assert.doesNotMatch(await site.gateway.metrics(), /http_requests_total\{[^}]*status="500"/)
    })
  })

  async function residentBytes(): Promise<number> {
    return Number(/^process_resident_memory_bytes (\S+)/m.exec(await site.gateway.metrics())?.[1])
  }
})
