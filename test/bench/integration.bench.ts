import { eventFrom } from '../../operator/domain/event/event.ts'
import { anEntry } from '../fixtures/builders.ts'
import { created, type SentMessage } from '../fixtures/integration-events.ts'
import { integrationSite } from '../fixtures/integration-site.ts'
import type { SeenCall } from '../fixtures/other-side.ts'
import { until } from '../fixtures/until.ts'
import { ownPostgres } from './own-postgres.ts'
import type { Row } from './row.ts'
import type { Site } from './site.ts'

const STOCKS = 200
const ANSWERED_IN_MS = 5
const PARTITIONS = 2
const WORKERS = 2
const AT_ONCE = 500
const WITHIN_MS = 300_000
/** The first are told while the group still forms. */
const FIRST = STOCKS

/** What two workers tell a target that answers in 5 ms, of a topic that is full, each event once and in the order of its stock. */
export async function toldEvents({ brokers, kubeconfigPath, program }: Site, events: number): Promise<Row[]> {
  const server = await ownPostgres()
  const servers = { brokers, kubeconfigPath, databaseUrl: server.url, program }
  const site = await integrationSite(servers, { partitions: PARTITIONS })
  const { side } = site
  const each = Math.ceil(events / STOCKS)
  const all = each * STOCKS
  try {
    let since = 0
    side.behave = () => {
      if (side.calls.length === FIRST) since = performance.now()
      return { kind: 'take', afterMs: ANSWERED_IN_MS }
    }
    for (let at = 0; at < all; at += AT_ONCE)
      await site.send(Array.from({ length: Math.min(AT_ONCE, all - at) }, (_, index) => eventOf(at + index)))
    await Promise.all(Array.from({ length: WORKERS }, () => site.worker().start()))
    await until('all events', WITHIN_MS, async () => (side.effects.length >= all ? true : undefined))
    const seconds = (performance.now() - since) / 1_000
    const { length } = await site.untilRows(all)
    const what = `integration, ${WORKERS} workers, answers in ${ANSWERED_IN_MS} ms`
    const note = `${length} rows for ${all} events of ${STOCKS} stocks, ${isInOrder(side.effects) ? '' : 'not '}in order`
    return [{ what, measured: (all - FIRST) / seconds, unit: '/s', bar: { atLeast: 2_000 }, note }]
  } finally {
    await site.end()
    await server.close()
  }
}

/** Round by round, so that all stocks have something to tell at any time. */
function eventOf(index: number): SentMessage {
  const name = `stock-${index % STOCKS}`
  const stock = { namespace: 'shop', name, uid: `uid-${name}`, product: 'grinder' }
  const sequence = Math.floor(index / STOCKS) + 1
  if (sequence === 1) return created({}, stock)
  return eventFrom(anEntry({ sequence }), { cluster: 'east', stock, term: 1, texts: { consumer: 'anna' } })
}

function isInOrder(effects: readonly SeenCall[]): boolean {
  const last = new Map<string, number>()
  return effects.every(({ reference, sequence }) => {
    const isNext = sequence === (last.get(reference) ?? 0) + 1
    last.set(reference, sequence)
    return isNext
  })
}
