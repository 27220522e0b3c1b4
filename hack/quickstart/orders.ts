import type { ShopFloor } from './shop-floor.ts'

const SHOP = 'shop'
const WITHIN_S = 60

/** Whom orders are checked with, paid at and told by: the stand-in at `url`. */
export function orderSettings(url: string): object {
  const service = { adapter: 'http', url, allowUnencrypted: true }
  return {
    users: service,
    payments: { acme: service },
    notifications: service,
  }
}

/** Makes orders, waits until each has come to the end that it expects, and answers how they stand, for people. */
export async function takeOrders(shop: ShopFloor): Promise<string> {
  await shop.apply('orders')
  const expectations = await shop.show([
    ...['get', 'orders', '-n', SHOP, '-o'],
    'jsonpath={range .items[*]}{.metadata.name} {.metadata.annotations.kbnt\\.io/sample-expects}{"\\n"}{end}',
  ])
  for (const line of expectations.trim().split('\n')) {
    const [name, end = ''] = line.split(' ')
    const [phase, reason] = end.split('/')
    const wanted = [
      `--for=jsonpath={.status.phase}=${phase}`,
      ...(reason ? [`--for=jsonpath={.status.reason}=${reason}`] : []),
    ]
    for (const condition of wanted)
      if ((await shop.show(['wait', `orders/${name}`, '-n', SHOP, condition, `--timeout=${WITHIN_S}s`])) === '')
        throw new Error(`${name} does not come to ${end}: ${await stateOf(shop, name)}`)
  }
  return (await shop.show(['get', 'orders', '-n', SHOP])).trimEnd()
}

function stateOf(shop: ShopFloor, name = ''): Promise<string> {
  const state = 'jsonpath={.status.phase}/{.status.reason}: {.status.message}'
  return shop.show(['get', `orders/${name}`, '-n', SHOP, '-o', state])
}
