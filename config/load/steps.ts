import type { Step } from './scenarios.ts'

/** One request to a gateway. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** With the query, from the root of the gateway. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON; absent = none. */
  readonly body?: string
}

/** What a request is about. */
export interface Turn {
  readonly namespace: string
  readonly stock: string
  /** A reservation of this user; undefined = it has none that the step could be about. */
  readonly reservation: string | undefined
  /** Of this one request and no other; small letters, digits and -. */
  readonly key: string
  /** How many this user has made before, so that values change from one to the next. */
  readonly count: number
}

/** Longer than any decision takes that is still of use: what is undecided by then is 202. */
const WAIT_SECONDS = 30

/** What a step ends with when all is well. Undecided is no error: it is counted apart, as an answer. */
const answers: Readonly<Record<Step, readonly number[]>> = {
  readStock: [200],
  listStocks: [200],
  readReservation: [200],
  reserve: [200, 202],
  confirm: [200, 202],
  release: [200, 202],
  createStock: [201, 202],
  setQuantity: [200, 202],
  setPrice: [200, 202],
}

/** Whether this answer is one that a user of the load expects; a burst also expects to be refused. */
export function isExpected(step: Step, status: number, burst: boolean): boolean {
  return burst ? status === 200 || status === 409 : answers[step].includes(status)
}

/** The step at this point between 0 and 1 of a mix. */
export function stepAt(mix: Readonly<Partial<Record<Step, number>>>, point: number): Step {
  const shares = Object.entries(mix) as [Step, number][]
  let left = point * shares.reduce((sum, [, share]) => sum + share, 0)
  for (const [step, share] of shares) {
    left -= share
    if (left < 0) return step
  }
  throw new RangeError(`no step at ${point}: a mix has one step at least, and points end before 1`)
}

export function requestOf(step: Step, turn: Turn): LoadRequest {
  const { stock, reservation, key, count } = turn
  const stocks = '/virtual-stock/stocks'
  switch (step) {
    case 'readStock':
      return request('GET', `${stocks}/${stock}`, turn)
    case 'listStocks':
      return request('GET', stocks, turn, 'limit=20')
    case 'readReservation':
      return request('GET', `/reservations/${reservation}`, turn)
    case 'reserve':
      return write('POST', `${stocks}/${stock}/reserve`, turn, { quantityToReserve: 1, ttl: '1h' })
    case 'confirm':
    case 'release':
      return write('POST', `/reservations/${reservation}/${step}`, turn)
    case 'createStock':
      return newStock({ ...turn, stock: key }, 100)
    case 'setQuantity':
      return write('PUT', `${stocks}/${stock}/quantity`, turn, { newQuantity: 1_000_000 + (count % 1_000) })
    case 'setPrice':
      return write('PUT', `${stocks}/${stock}/price`, turn, { price: `${10 + (count % 90)}.90`, currency: 'EUR' })
  }
}

/** Opens a stock of this name. */
export function newStock(turn: Turn, quantity: number): LoadRequest {
  const body = { productId: turn.stock, stockId: turn.stock, quantity, price: '49.90', currency: 'EUR' }
  return write('POST', '/virtual-stock/stocks', turn, body)
}

function request(method: LoadRequest['method'], path: string, { namespace }: Turn, query = ''): LoadRequest {
  return { method, path: `/api/v1${path}?namespace=${namespace}${query && `&${query}`}`, headers: {} }
}

function write(method: 'POST' | 'PUT', path: string, turn: Turn, body?: object): LoadRequest {
  const { headers, ...rest } = request(method, path, turn)
  const ordered = path.endsWith('/reserve')
  return {
    ...rest,
    headers: {
      ...headers,
      prefer: `wait=${WAIT_SECONDS}`,
      ...(ordered && { 'idempotency-key': turn.key }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  }
}
