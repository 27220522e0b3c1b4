import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { typeOf } from '../../../operator/domain/event/cloud-event.ts'
import { eventTypeOf } from '../../../operator/domain/event/event.ts'
import { orderOccasions } from '../../../operator/domain/event/order-event.ts'

const project = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(project, path), 'utf8')
const ofStocks: ReadonlySet<string> = new Set(['stock', 'reservation'])
const ofOrders: ReadonlySet<string> = new Set(['user', 'inventory', 'payment', 'order', 'notification'])

interface Row {
  readonly name: string
  readonly here: string
  readonly why: string
}

/** The names between backticks. */
const namesIn = (text: string) => [...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)

function rowsOf(heading: string): Row[] {
  const [, section = ''] = new RegExp(`^## ${heading}$([\\s\\S]*?)(?:^## |$(?![\\s\\S]))`, 'm').exec(page) ?? []
  return [...section.matchAll(/^\| `(\w+)` \| (.+?) \| ?(.*)\|$/gm)].map(([, name = '', here = '', why = '']) => ({
    ...{ name, here, why },
  }))
}

/** The `ce_type` of each `eventType`. */
function eventTypes(): ReadonlyMap<string, string> {
  const occasions = globSync('config/events/io.kbnt.*.schema.json', { cwd: project }).map((path) => {
    const [, , noun = '', verb = ''] = basename(path).split('.')
    return { noun, verb }
  })
  const single = occasions
    .filter(({ noun }) => !ofOrders.has(noun))
    .map(({ noun, verb }) => ({
      eventType: ofStocks.has(noun) ? eventTypeOf(`${noun}.${verb}`) : `${noun}_${verb}`.toUpperCase(),
      occasion: `${noun}.${verb}`,
    }))
  const orders = Object.values(orderOccasions).flatMap((told) => [told, ...(told.failed ? [told.failed] : [])])
  return new Map([...single, ...orders].map(({ eventType, occasion }) => [eventType, typeOf(occasion)]))
}

const page = read('docs/reference/names.md')

for (const [heading, served, least] of [
  ['Metrics', new Set(namesIn(read('docs/reference/metrics.md'))), 30],
  ['Events', new Set(eventTypes().keys()), 11],
] as const)
  describe(`the page of names, of ${heading.toLowerCase()},`, () => {
    const rows = rowsOf(heading)

    it('has rows, and none twice', () => {
      assert.ok(rows.length >= least, String(rows.length))
      assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length)
    })

    it('says of each that it is the same only where it is served', () => {
      const told = rows.filter(({ here }) => here === 'same').map(({ name }) => name)
      assert.deepEqual(
        told.filter((name) => !served.has(name)),
        [],
      )
    })

    it('says of each other one why it is not served, and names what is', () => {
      for (const { name, here, why } of rows.filter((row) => row.here !== 'same')) {
        assert.ok(!served.has(name), name)
        assert.match(why, /^not served: .{20}/)
        const instead = namesIn(here)
        assert.ok(instead.length > 0)
        assert.deepEqual(
          instead.filter((one) => !served.has(one)),
          [],
        )
      }
    })
  })

describe('the page of names, of types of CloudEvents,', () => {
  it('says of each event which it has', () => {
    const told = rowsOf('Events').map(({ name, why }) => [name, /^`([\w.]+)` \|/.exec(why)?.[1]])
    const types = eventTypes()
    assert.deepEqual(
      told,
      told.map(([name = '']) => [name, types.get(name)]),
    )
  })
})
