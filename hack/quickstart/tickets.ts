import { type Caller, confirmOverHttp, type Heeded, holdOverHttp } from './http-door.ts'
import type { ShopFloor } from './shop-floor.ts'

/** What config/samples/tickets sells, in the namespace of the shop. */
const TICKET = 'festival-ticket'
const SHOP = 'shop'
/** Of which the box office of the samples has two. */
const SOLD = 5
/** `-o wide` has the ledger too, and is too wide for most terminals. */
const COLUMNS = [
  'NAME:.metadata.name',
  ...['quantity', 'available', 'reserved', 'confirmed'].map((count) => `${count.toUpperCase()}:.status.${count}`),
  'LEDGER:.spec.ledger.kind',
].join(',')

/** Applies the stock whose books are in PostgreSQL and, once it is open, orders for it. */
export async function openTickets(shop: ShopFloor): Promise<void> {
  await shop.apply('tickets/10-stock.yaml')
  await untilShown(shop, '{.status.quantity}')
  await shop.apply('tickets')
}

/** Holds tickets over HTTP and pays for them; answers the shop's stocks and where their books are, for people. */
export async function sellTickets(
  shop: ShopFloor,
  caller: Caller,
  tell: (path: string, heeded: Heeded) => void,
): Promise<string> {
  const held = await holdOverHttp(caller, TICKET, { key: 'order-3003', quantity: 3 })
  tell(`stocks/${TICKET}/reserve`, held)
  tell('reservations/…/confirm', await confirmOverHttp(caller, held))
  await untilShown(shop, `{.status.confirmed}=${SOLD}`)
  return (await shop.show(['get', 'vstk', '-n', SHOP, '-o', `custom-columns=${COLUMNS}`])).trimEnd()
}

/** A status follows the books by about a second. */
async function untilShown(shop: ShopFloor, wanted: string): Promise<void> {
  const wait = ['wait', `vstk/${TICKET}`, '-n', SHOP, `--for=jsonpath=${wanted}`, '--timeout=30s']
  if ((await shop.show(wait)) === '') throw new Error(`the status of ${TICKET} does not come to ${wanted}`)
}
