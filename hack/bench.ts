import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { consumedMessages } from '../test/bench/consume.bench.ts'
import { engineInMemory } from '../test/bench/engine.bench.ts'
import { gatewayOrders } from '../test/bench/gateway.bench.ts'
import { gatewayMemory } from '../test/bench/gateway-memory.bench.ts'
import { histories } from '../test/bench/history.bench.ts'
import { hotStock, scaling } from '../test/bench/hot-stock.bench.ts'
import { toldEvents } from '../test/bench/integration.bench.ts'
import { wholeLife } from '../test/bench/life.bench.ts'
import { manyLive } from '../test/bench/live.bench.ts'
import { logsOverHttp } from '../test/bench/logs.bench.ts'
import { referenceMix } from '../test/bench/mix.bench.ts'
import { paidOrders } from '../test/bench/orders.bench.ts'
import { picture } from '../test/bench/picture.ts'
import { kafkaRelay } from '../test/bench/relay.bench.ts'
import { takenRequests } from '../test/bench/requests.bench.ts'
import { meetsBar, type Row } from '../test/bench/row.ts'
import { rowHolds } from '../test/bench/rows.bench.ts'
import { rowExpiry } from '../test/bench/rows-expiry.bench.ts'
import { rowsOverHttp } from '../test/bench/rows-http.bench.ts'
import { manyRows } from '../test/bench/rows-large.bench.ts'
import { recordRelay } from '../test/bench/rows-relay.bench.ts'
import { openSite, type Site } from '../test/bench/site.ts'
import { manyStocks } from '../test/bench/stocks.bench.ts'
import { markdown, table } from '../test/bench/table.ts'
import { badUsage, commandLine } from './command-line.ts'
import { terminalSteps } from './terminal-steps.ts'
import { projectDirectory } from './testbed/places.ts'

const usage = `Measures the operator on servers of its own, each rate beside what a bare client reaches in the same run.

  npm run bench [-- names…] [flags]

  names            engine relay hot gateway gateway-memory life mix scaling live stocks rows rows-http
                   rows-relay rows-expiry rows-large logs history integration consume requests orders; default:
                   all of them
  --scale N        of the usual number of objects, 0.1 for a quick look; default 1 (about 10 minutes on two cores)
  --full           the whole reference mix, 50,000 live reservations, 10,000 stocks, 5,000,000 rows,
                   ten minutes of the engine
  --seconds N      of the engine in memory; default 10
  --json FILE      where the result goes; default: test/bench/results/<time>.json
  --picture FILE   draws the result (SVG)
  --page FILE      writes the table for a page (Markdown)

Ends with 0 when every bar is met, else with 1.
`

/** Of one benchmark; the longest, with --full, takes about half of it. */
const LONGEST_MS = 60 * 60_000

interface Extent {
  readonly scale: number
  readonly full: boolean
  readonly seconds: number
}

const benches: Readonly<Record<string, (site: Site, extent: Extent) => Row[] | Promise<Row[]>>> = {
  engine: (_, { seconds }) => engineInMemory(seconds),
  relay: (site, { scale }) => kafkaRelay(site, Math.ceil(2_000 * scale)),
  hot: (site, { scale }) => hotStock(site, Math.ceil(4_000 * scale)),
  gateway: (site, { scale }) => gatewayOrders(site, Math.ceil(2_000 * scale)),
  'gateway-memory': (site, { scale }) => gatewayMemory(site, Math.ceil(10_000 * scale)),
  life: (site, { scale }) => wholeLife(site, Math.ceil(2_000 * scale)),
  mix: (site, { scale, full }) => referenceMix(site, full ? 1 : 0.2 * scale),
  scaling: (site, { scale }) => scaling(site, Math.ceil(2_000 * scale)),
  live: (site, { scale, full }) => manyLive(site, full ? 50_000 : Math.ceil(10_000 * scale)),
  stocks: (site, { scale, full }) => manyStocks(site, full ? 10_000 : Math.ceil(1_000 * scale)),
  rows: (_, { seconds }) => rowHolds(500 * seconds),
  'rows-http': (site, { scale }) => rowsOverHttp(site, Math.ceil(20_000 * scale)),
  'rows-relay': (site, { scale }) => recordRelay(site, Math.ceil(200_000 * scale)),
  'rows-expiry': (_, { scale }) => rowExpiry(Math.ceil(100_000 * scale)),
  logs: (site, { scale }) => logsOverHttp(site, Math.ceil(100_000 * scale)),
  'rows-large': (_, { scale, full, seconds }) => manyRows(full ? 5_000_000 : Math.ceil(500_000 * scale), 500 * seconds),
  history: (site, { scale }) => histories(site, Math.ceil(200_000 * scale)),
  integration: (site, { scale }) => toldEvents(site, Math.ceil(40_000 * scale)),
  consume: (site, { scale }) => consumedMessages(site, Math.ceil(400_000 * scale)),
  requests: (site, { scale }) => takenRequests(site, Math.ceil(4_000 * scale)),
  orders: (site, { scale }) => paidOrders(site, Math.ceil(1_000 * scale)),
}

// not exitCode: whatever a benchmark that failed still waits for must not keep us
process.exit(await main(process.argv.slice(2)))

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = commandLine(usage, {
    args: [...argv],
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: '1' },
      full: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      json: { type: 'string' },
      picture: { type: 'string' },
      page: { type: 'string' },
    },
  })
  const extent = extentOf(values)
  const names = positionals.length > 0 ? positionals : Object.keys(benches)
  const unknown = names.filter((name) => !(name in benches))
  if (unknown.length > 0) badUsage(usage, `no such benchmark: ${unknown.join(', ')}`)
  if (!(extent.scale > 0 && extent.seconds > 0)) badUsage(usage, '--scale and --seconds take numbers above 0')
  const { rows, failed } = await measure(names, extent)
  console.log(`\n${table(rows)}`)
  await keep(rows, values)
  return failed === 0 && rows.every((row) => meetsBar(row) !== false) ? 0 : 1
}

function extentOf({ scale: asked, full, seconds }: { scale: string; full: boolean; seconds?: string }): Extent {
  const scale = Number(asked)
  return { scale, full, seconds: Number(seconds ?? (full ? 600 : Math.max(1, 10 * scale))) }
}

/** One that fails says why and leaves the others' rows whole. */
async function measure(names: readonly string[], extent: Extent): Promise<{ rows: Row[]; failed: number }> {
  const terminal = terminalSteps(process.stdout)
  const site = await terminal.run({ doing: 'API server and Kafka', run: openSite })
  const rows: Row[] = []
  let failed = 0
  for (const name of names) {
    try {
      rows.push(
        ...(await terminal.run({
          doing: name,
          run: () => bounded(name, async () => benches[name]?.(site, extent) ?? []),
        })),
      )
    } catch (error) {
      failed += 1
      console.error(`    ${error instanceof Error ? error.message : error}`)
    }
  }
  await site.close()
  return { rows, failed }
}

/** Whatever it waits for, it does not wait without end. */
async function bounded<T>(name: string, run: () => Promise<T>): Promise<T> {
  const late = pause(LONGEST_MS, undefined, { ref: false }).then(() => {
    throw new Error(`${name} did not end within ${LONGEST_MS / 60_000} minutes`)
  })
  return Promise.race([run(), late])
}

interface Places {
  readonly json?: string
  readonly picture?: string
  readonly page?: string
}

async function keep(rows: readonly Row[], { json, picture: svg, page }: Places): Promise<void> {
  const at = new Date().toISOString()
  const machine = { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version }
  const result = json ?? join(projectDirectory, 'test/bench/results', `${at.replaceAll(':', '-')}.json`)
  await write(result, JSON.stringify({ at, machine, rows }, null, 2))
  const title = `${at.slice(0, 10)}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}`
  if (svg) await write(svg, picture(rows, title))
  if (page) await write(page, `${title}\n\n${markdown(rows)}\n`)
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
