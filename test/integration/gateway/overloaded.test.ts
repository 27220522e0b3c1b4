import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-overloaded'
const stocks = '/virtual-stock/stocks'
const WAIT = { headers: { prefer: 'wait=5' } }

describe('a gateway that gets nothing done in time', function () {
  this.timeout(120_000)
  let site: GatewaySite
  let shop: string

  before(async () => {
    site = await gatewaySite(namespace, { gateway: { port: 0, maxEventLoopDelay: '100ms' } })
    shop = await site.tokenOf('shop', ['get', 'list', 'create', 'patch'])
    await until('a stock', 30_000, async () => {
      const body = { productId: 'seat', quantity: 100 }
      const { status } = await site.gateway.call('POST', stocks, { token: shop, body, ...WAIT })
      return status === 201 || undefined
    })
  })
  after(() => site?.dispose())

  const order = (key: string) =>
    site.gateway.call('POST', `${stocks}/seat/reserve`, {
      ...{ token: shop, body: { quantityToReserve: 1 } },
      headers: { 'idempotency-key': key, ...WAIT.headers },
    })
  const refusedSoFar = async () =>
    Number(/^kbnt_gateway_overloaded_total\{by="event loop"\} (\d+)/m.exec(await site.gateway.metrics())?.[1] ?? 0)

  /** Leaves it a twentieth of the time, until `over`: what is due in the rest of it begins too late. */
  async function heldUp(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      site.gateway.signal('SIGSTOP')
      await pause(950).finally(() => site.gateway.signal('SIGCONT'))
      await pause(50)
    }
  }

  it('sends newcomers away with nothing done, and takes them again when it gets on', async () => {
    assert.equal((await until('an order', 30_000, () => taken('first'))).status, 200)
    const over = new AbortController()
    let tries = 0
    const holding = heldUp(over.signal)
    try {
      const refused = await until('an order that is sent away', 30_000, async () => {
        tries += 1
        const answer = await order(`try-${tries}`)
        return answer.status === 503 ? answer : undefined
      })
      assert.equal(refused.body.reason, 'Overloaded')
      assert.match(refused.body.detail, /begins \d+ ms too late on average; nothing was done/)
      assert.ok(Number(refused.headers.get('retry-after')) >= 1)
    } finally {
      over.abort()
      await holding
    }
    assert.ok((await refusedSoFar()) >= 1)
    const again = await until('an order that is taken', 30_000, () => taken(`try-${tries}`))
    assert.equal(again.headers.get('idempotent-replayed'), null, 'the one that was sent away had not been stored')
  })

  async function taken(key: string) {
    const answer = await order(key)
    return answer.status === 200 ? answer : undefined
  }
})
