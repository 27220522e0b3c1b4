import { createTopics } from '../../operator/infrastructure/kafka/topics.ts'
import { startBridge } from '../bridge/bridge.ts'
import { BRIDGE_TYPE, contentTypeOf } from '../bridge/formats.ts'
import { quiet } from '../quiet-logger.ts'
import type { TerminalSteps } from '../terminal-steps.ts'
import type { ShopFloor } from './shop-floor.ts'

const GROUP = 'quickstart'
const NAME = 'me'
/** One of nobody else: what the operator tells is not for others to write. */
const SENT_TO = 'shop-messages'
const READ_FROM = 'stock-audit-logs'
const order = { records: [{ value: { customer: 'eve', items: [{ stockId: 'gift-card', quantity: 1 }] } }] }
const consumer = { name: NAME, format: 'text', 'auto.offset.reset': 'earliest' }
/** The first one joins the group, and may come back with nothing. */
const MOST_READS = 10

/** Starts the bridge for the shop's Kafka; answers its URL. */
export async function openBridge(shop: ShopFloor, port: number, steps: TerminalSteps): Promise<string> {
  const connection = { brokers: shop.brokers?.split(',') ?? [], clientId: 'quickstart' }
  const bridge = await steps.run({
    doing: 'Kafka over HTTP',
    run: async () => {
      await createTopics(connection, [{ name: SENT_TO, partitions: 1 }], quiet)
      return startBridge({ connection, port })
    },
    done: ({ url }) => `Kafka over HTTP on ${url}`,
  })
  shop.onEnd(() => bridge.close())
  return bridge.url
}

/** Sends a message over HTTP and reads events; tells what was answered. Throws where nothing comes. */
export async function playBridge(url: string, tell: (line: string) => void): Promise<void> {
  const sent = await called(`${url}/topics/${SENT_TO}`, post(order, contentTypeOf('json')))
  tell(`${`POST …/topics/${SENT_TO}`.padEnd(40)}${JSON.stringify(sent)}`)
  const group = `${url}/consumers/${GROUP}-${process.pid}` // those to try have their own
  await called(group, post(consumer))
  await called(`${group}/instances/${NAME}/subscription`, post({ topics: [READ_FROM] }))
  const count = await readSome(`${group}/instances/${NAME}/records?timeout=3000`)
  tell(`${'GET …/consumers/…/records'.padEnd(40)}${count} of ${READ_FROM}`)
  await called(`${group}/instances/${NAME}`, { method: 'DELETE' })
}

async function readSome(url: string): Promise<number> {
  for (let reads = 0; reads < MOST_READS; reads += 1) {
    const records = await called(url, { headers: { accept: contentTypeOf('text') } })
    if (Array.isArray(records) && records.length > 0) return records.length
  }
  throw new Error(`no record of ${READ_FROM} in ${MOST_READS} reads`)
}

function post(body: object, type = BRIDGE_TYPE): RequestInit {
  return { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) }
}

/** What the bridge answers. Throws when it refuses. */
async function called(url: string, asked: RequestInit): Promise<unknown> {
  const response = await fetch(url, asked)
  const text = await response.text()
  if (!response.ok) throw new Error(`the bridge answered ${response.status}: ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

/** Calls to try, for a shell. */
export function bridgeCallsToTry(url: string): string {
  const own = `${url}/consumers/${GROUP}`
  const curl = (type: string, body: object) => `curl -s -H 'Content-Type: ${type}' -d '${JSON.stringify(body)}'`
  return `  ${curl(contentTypeOf('json'), order)} ${url}/topics/${SENT_TO}
  ${curl(BRIDGE_TYPE, consumer)} ${own}
  ${curl(BRIDGE_TYPE, { topics: [READ_FROM] })} ${own}/instances/${NAME}/subscription
  curl -s -H 'Accept: ${contentTypeOf('text')}' '${own}/instances/${NAME}/records?timeout=5000'   # [] at first: ask again
  curl -s -X DELETE ${own}/instances/${NAME}   # the last: else "${NAME}" is taken for five minutes (409)`
}
