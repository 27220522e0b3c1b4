import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quiet } from '../../../hack/quiet-logger.ts'
import { systemClock } from '../../../operator/infrastructure/clock/system-clock.ts'
import { readSettings } from '../../../operator/infrastructure/settings/read-settings.ts'
import { type CalledOrderServices, orderServices } from '../../../operator/programs/order-services.ts'
import { aCall, aPayment } from '../../contracts/payments-under-test.ts'
import { type OtherSide, otherSide } from '../../fixtures/other-side.ts'

describe('services of orders as settings name them', () => {
  let side: OtherSide
  let services: CalledOrderServices
  let calls: string[]

  beforeEach(async () => {
    side = await otherSide()
    calls = []
  })
  afterEach(async () => {
    await services.close()
    await side.close()
  })
  function servicesOf(orders: object): CalledOrderServices {
    const file = JSON.stringify({ orders })
    const settings = readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => file })
    const observer = {
      called: (...given: unknown[]) => calls.push(given.slice(0, 2).join(' ')),
      breaker: () => undefined,
    }
    services = orderServices(settings.orders, { clock: systemClock(), logger: quiet, observer })
    return services
  }

  it('ask nobody where nothing is set', async () => {
    const { users, payments, notices } = servicesOf({ payments: { till: { adapter: 'none' } } })
    assert.deepEqual([users.name, notices.name, [...payments.keys()]], ['none', 'none', ['till']])
    assert.equal((await payments.get('till')?.charge(aPayment('uid-1'), aCall('k-1')))?.kind, 'taken')
    assert.equal(side.calls.length, 0)
  })

  it('are called where they are, with the token of their file, and counted by their names', async () => {
    const tokenFile = join(mkdtempSync(join(tmpdir(), 'kbnt-orders-')), 'token')
    writeFileSync(tokenFile, 'secret\n')
    const http = { adapter: 'http', url: `${side.url}/v1`, allowUnencrypted: true, tokenFile }
    const { users, payments } = servicesOf({
      users: http,
      payments: { acme: { ...http, moves: 'once', keyWindow: '1h', longestCall: '30s' } },
    })
    const acme = payments.get('acme')
    assert.deepEqual(
      [acme?.name, acme?.moves, acme?.keyWindowMs, acme?.longestCallMs],
      ['acme', 'once', 3_600_000, 30_000],
    )
    await acme?.charge(aPayment('uid-1'), aCall('k-1'))
    await users.check({ namespace: 'shop', customer: 'ana', order: 'uid-1' }, aCall('k-2'))
    assert.deepEqual(
      side.calls.map(({ path, headers }) => [path.split('?')[0], headers.authorization]),
      [
        ['/v1/payments', 'Bearer secret'],
        ['/v1/user-check', 'Bearer secret'],
      ],
    )
    assert.deepEqual(calls, ['payments/acme 201', 'users 404'])
  })
})
