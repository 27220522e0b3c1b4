import { entityTag, matchesTag } from '../../domain/gateway/entity-tag.ts'
import { stockNameOf } from '../../domain/gateway/stock-name.ts'
import { type Answer, isOfTheMoment, Problem, positionHeader } from './answer.ts'
import type { Call, Operation } from './call.ts'
import { asReplay, notCreated } from './create.ts'
import type { GatewayWorld } from './gateway-world.ts'
import type { Because, NewPrice, NewQuantity, NewStock, Stock } from './generated/contract.ts'
import { newestOf } from './newest.ts'
import type { SeenStock, StockChange } from './objects.ts'
import { locationOf, namespaceOf, waitingOf, waitKey } from './where.ts'

/** So often a change is tried again that only lost against moving balances, each time when they have moved. */
const TRIES = 30
const MOVED_MS = 50

/** The operations that make a stock, or change what its owner says of it. */
export function stockOperations(world: GatewayWorld): Readonly<Record<string, Operation>> {
  const pausing = (paused: boolean): Operation => {
    return (call) => changed(world, call, { change: { paused, ...reasonIn(call) } })
  }
  return {
    createStock: (call) => created(world, call),
    setStockQuantity(call) {
      const { newQuantity: quantity, expectedQuantity } = call.body as NewQuantity
      const change = { quantity, ...reasonIn(call) }
      return changed(world, call, { change, ...(expectedQuantity !== undefined && { expectedQuantity }) })
    },
    setStockPrice(call) {
      const { price: amount, currency } = call.body as NewPrice
      return changed(world, call, { change: { price: { amount, currency }, ...reasonIn(call) } })
    },
    pauseStock: pausing(true),
    resumeStock: pausing(false),
  }
}

/** With the call that gave it, so that the same words again are another reason. */
function reasonIn({ body, requestId }: Call): Pick<StockChange, 'reason' | 'requestId'> {
  const { reason } = (body ?? {}) as Because
  return reason === undefined ? {} : { reason, requestId }
}

async function created(world: GatewayWorld, call: Call): Promise<Answer> {
  const stock = call.body as NewStock
  const namespace = namespaceOf(call, world)
  const name = stock.stockId ?? stockNameOf(stock.productId)
  if (name === '') {
    const detail = `no name can be made from productId ${JSON.stringify(stock.productId)}: give a stockId`
    throw new Problem('Invalid', { detail, errors: [{ pointer: '/stockId', detail }] })
  }
  await world.access.may(call.caller, { verb: 'get', resource: 'virtualstocks', namespace })
  const written = await world.stocks.create(call.caller, namespace, name, stock)
  switch (written.kind) {
    case 'stored':
      return takenOver(world, call, { seen: written.object, success: 201 })
    case 'exists':
      return sameAgain(world, call, { namespace, name, stock })
    case 'unknown':
      return unknown({ stockId: name, namespace }, written.reason)
    case 'gone':
    case 'stale':
      throw notCreated(written)
  }
}

/** Stocks are known by their names: the same content again is a repetition. */
async function sameAgain(
  world: GatewayWorld,
  call: Call,
  { namespace, name, stock }: { readonly namespace: string; readonly name: string; readonly stock: NewStock },
): Promise<Answer> {
  const found = await world.stocks.read(call.caller, namespace, name).catch((error: unknown) => {
    if (isOfTheMoment(error)) return error
    throw error
  })
  if (found instanceof Problem) return unknown({ stockId: name, namespace }, found.message)
  if (!found) throw new Problem('Conflict', { detail: `the stock ${name} was deleted a moment ago; send this again` })
  if (found.deleting)
    throw new Problem('Conflict', { detail: `the stock ${name} is being deleted; send this again when it is gone` })
  const other = differing(found.shown, { ...stock, stockId: name })
  if (other !== undefined) {
    const detail = `there is a stock ${name} in namespace ${namespace} already, with another ${other}; give another stockId, or change that one`
    throw new Problem('AlreadyExists', { detail })
  }
  const answer = await takenOver(world, call, { seen: found, success: 201 })
  return asReplay(answer)
}

/** Which of the given members is stored otherwise. */
function differing(shown: Stock, given: NewStock): string | undefined {
  const stored = shown as Readonly<Record<string, unknown>>
  return Object.entries(given).find(([name, value]) => !agrees(stored[name], value))?.[0]
}

/** Members that aren't given don't count. */
function agrees(stored: unknown, given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return stored === given
  if (typeof stored !== 'object' || stored === null) return false
  if (Array.isArray(given)) return JSON.stringify(stored) === JSON.stringify(given)
  const members = stored as Readonly<Record<string, unknown>>
  return Object.entries(given).every(([name, value]) => agrees(members[name], value))
}

interface Alteration {
  readonly change: StockChange
  readonly expectedQuantity?: number
}

async function changed(world: GatewayWorld, call: Call, { change, expectedQuantity }: Alteration): Promise<Answer> {
  const namespace = namespaceOf(call, world)
  const name = call.parameters['stockId'] as string
  const ifMatch = call.parameters['If-Match'] as string | undefined
  const guarded = ifMatch !== undefined || expectedQuantity !== undefined
  await world.access.may(call.caller, { verb: 'get', resource: 'virtualstocks', namespace, name })
  let reason = ''
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = guarded ? await asExpected(world, call, { namespace, name, ifMatch, expectedQuantity }) : undefined
    const based = before ? { ...change, position: before.position } : change
    const written = await world.stocks.patch(call.caller, namespace, name, based)
    switch (written.kind) {
      case 'stored':
        return takenOver(world, call, { seen: written.object, success: 200 })
      case 'unknown':
        return unknown(world.stocks.get(namespace, name)?.shown ?? { stockId: name, namespace }, written.reason)
      case 'gone':
        throw missing(namespace, name)
      case 'exists':
        break
      case 'stale':
        reason = written.reason
        if (!before || call.over.aborted) throw new Problem('Conflict', { detail: `${reason}; send this again` })
        await untilMoved(world, call, before)
    }
  }
  throw new Problem('Conflict', { detail: `tried ${TRIES} times: ${reason}; send this again` })
}

async function untilMoved(world: GatewayWorld, call: Call, { namespace, name, position }: SeenStock): Promise<void> {
  const moved = () => world.stocks.get(namespace, name)?.position !== position
  await world.waits.until(waitKey('stock', namespace, name), moved, waitingOf(call, MOVED_MS))
}

interface Expectation {
  readonly namespace: string
  readonly name: string
  readonly ifMatch: string | undefined
  readonly expectedQuantity: number | undefined
}

/** The stock, where it is still what the caller takes it to be. Throws a Problem where it isn't. */
async function asExpected(world: GatewayWorld, call: Call, expected: Expectation): Promise<SeenStock> {
  const { namespace, name, ifMatch, expectedQuantity } = expected
  const found = await world.stocks.read(call.caller, namespace, name)
  if (!found) throw missing(namespace, name)
  const { quantity } = found.shown
  if (expectedQuantity !== undefined && quantity !== expectedQuantity) {
    throw new Problem('PreconditionFailed', { detail: `the quantity is ${quantity}, not ${expectedQuantity}` })
  }
  if (ifMatch !== undefined && !matchesTag(ifMatch, found)) {
    const detail = `the stock ${name} has changed since ${ifMatch.slice(0, 80)} was read; read it again`
    throw new Problem('PreconditionFailed', { detail })
  }
  return found
}

function missing(namespace: string, name: string): Problem {
  return new Problem('NotFound', { detail: `there is no stock ${name} in namespace ${namespace}` })
}

interface Change {
  readonly seen: SeenStock
  readonly success: 200 | 201
}

/** Waits until the operator has counted the stock as it is wanted now. */
async function takenOver(world: GatewayWorld, call: Call, { seen, success }: Change): Promise<Answer> {
  const { namespace, name, uid, generation } = seen
  const isTaken = (stock: SeenStock | undefined) => stock?.uid === uid && stock.takenOver >= generation
  const latest = () => world.stocks.get(namespace, name)
  const key = waitKey('stock', namespace, name)
  if (!isTaken(seen)) await world.waits.until(key, () => isTaken(latest()), waitingOf(call))
  const newest = newestOf(seen, latest())
  const location = locationOf('/virtual-stock/stocks', namespace, name)
  const position = positionHeader('virtualstocks', newest.position)
  if (!isTaken(newest))
    return { status: 202, body: newest.shown, location, headers: { ...position, 'Retry-After': '1' } }
  const headers = { ...position, ETag: entityTag(newest) }
  return { status: success, body: newest.shown, headers, ...(success === 201 && { location }) }
}

function unknown(shown: Stock, reason: string): Answer {
  const location = locationOf('/virtual-stock/stocks', shown.namespace, shown.stockId)
  const message = `whether that is stored is not known: ${reason}`
  return { status: 202, body: { ...shown, message }, location, headers: { 'Retry-After': '1' } }
}
