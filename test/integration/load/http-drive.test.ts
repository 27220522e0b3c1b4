import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Scenario, scenarios } from '../../../config/load/scenarios.ts'
import { drive } from '../../../hack/load/http/drive.ts'
import { randomFrom } from '../../simulation/world/random.ts'

const short: Scenario = {
  ...scenarios.updates,
  shape: {
    kind: 'phases',
    perSecond: 20,
    phases: [
      { seconds: 0, users: 3 },
      { seconds: 2, users: 3 },
    ],
  },
}
const burst: Scenario = { ...scenarios.burst, shape: { kind: 'burst', units: 3, refused: 3 } }

describe('the load on servers that are not well', function () {
  this.timeout(60_000)
  const servers: Server[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  })

  async function serverThat(answers: RequestListener): Promise<string> {
    const server = createServer(answers).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  function run(scenario: Scenario, ...urls: [string, ...string[]]) {
    const place = { urls, token: 'a-token', namespace: 'shop' }
    const random = randomFrom(1).next
    return drive({ scenario, place, stocks: ['lamp'], name: 'run', random, progress: () => undefined })
  }

  it('counts requests that are hung up on, and goes on', async () => {
    let hungUp = 0
    let answered = 0
    const url = await serverThat((request, answer) => {
      if ((hungUp + answered) % 3 === 2) {
        hungUp += 1
        request.socket.destroy()
      } else {
        answered += 1
        answer.end('{}')
      }
    })
    const { all, unanswered, unexpected } = await run(short, url)
    assert.ok(hungUp > 3 && answered > 6, `${hungUp} hung up, ${answered} answered`)
    // of each user the last one may be under way when its time is over
    assert.ok(unanswered <= hungUp && unanswered >= hungUp - 3, `${unanswered} unanswered, ${hungUp} hung up`)
    assert.ok(all.count <= answered && all.count >= answered - 3, `${all.count} heard, ${answered} answered`)
    assert.equal(unexpected, 0)
  })

  it('counts answers that nobody expects, and keeps a few as examples', async () => {
    const url = await serverThat((_, answer) => answer.writeHead(500).end('oh no'))
    const { all, answers, unexpected, examples } = await run(short, url)
    assert.ok(all.count > 6)
    assert.deepEqual([answers, unexpected], [{ 500: all.count }, all.count])
    assert.equal(examples.length, 5)
    assert.match(examples[0] ?? '', /^set(Price|Quantity): 500 oh no$/)
  })

  it('counts requests that are kept waiting, but not those that their users had only just made when they left', async () => {
    const url = await serverThat(() => undefined)
    const phases = [
      { seconds: 0, users: 2 },
      { seconds: 2, users: 2 },
      { seconds: 0, users: 1 }, // one leaves after two seconds at most
      { seconds: 5, users: 1 }, // and the other after seven
    ]
    const { all, unanswered } = await run({ ...short, shape: { kind: 'phases', perSecond: 20, phases } }, url)
    assert.deepEqual([all.count, unanswered], [0, 1])
  })

  it('ends where nobody is there', async () => {
    const url = await serverThat(() => undefined)
    const [gone] = servers.splice(0)
    gone?.close()
    const { all, unanswered } = await run(short, url)
    assert.equal(all.count, 0)
    assert.ok(unanswered > 0)
  })

  it('counts each order of a burst that gets no answer, and asks for none twice', async () => {
    let asked = 0
    const url = await serverThat((request, answer) => {
      asked += 1
      if (asked % 2 === 0) request.socket.destroy()
      else answer.writeHead(409).end('{}')
    })
    const { answers, unanswered } = await run(burst, url)
    assert.deepEqual([asked, answers, unanswered], [6, { 409: 3 }, 3])
  })

  it('deals its users out to all gateways', async () => {
    const seen = [new Set<unknown>(), new Set<unknown>()] as const
    const urls = await Promise.all(
      seen.map((sockets) =>
        serverThat((request, answer) => {
          sockets.add(request.socket)
          assert.equal(request.headers.authorization, 'Bearer a-token')
          answer.end('{"reservationId": "order"}')
        }),
      ),
    )
    await run(burst, ...(urls as [string, string]))
    assert.deepEqual([seen[0].size, seen[1].size], [3, 3])
    await run(short, ...(urls as [string, string]))
    assert.deepEqual([seen[0].size + seen[1].size, Math.min(seen[0].size, seen[1].size)], [9, 4])
  })
})
