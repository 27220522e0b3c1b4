import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { basename, dirname, extname, join } from 'node:path'
import { scenarios } from '../config/load/scenarios.ts'
import { settledReport } from './audit/settled-report.ts'
import { badUsage, commandLine } from './command-line.ts'
import type { LoadPlace } from './load/http/drive.ts'
import { mustAnswer } from './load/http/open-stocks.ts'
import { ownServers } from './load/http/own-servers.ts'
import { loadPicture } from './load/http/picture.ts'
import { scaled, secondsOf } from './load/http/plan.ts'
import { report } from './load/http/report.ts'
import { type Books, isKept, type LoadResult, loadResultFrom, type ScenarioResult } from './load/http/result.ts'
import { runScenario } from './load/http/run-scenario.ts'
import { BadWish, type ScenarioName, type There, type Wishes, wishesFrom } from './load/http/wishes.ts'
import { terminalSteps } from './terminal-steps.ts'
import { projectDirectory } from './testbed/places.ts'

const usage = `Load over HTTP: users who look, order, sell and change stocks through the gateway; then closes the books.

  npm run load:http -- SCENARIO… | all [flags]

${Object.entries(scenarios)
  .map(([name, { what }]) => `  ${name.padEnd(16)} ${what}`)
  .join('\n')}

  --scale N              of the durations and of the burst, 0.1 for a quick run; default 1 (all: about 17 minutes)
  --gateways N,…         how many share the load; 1,2 compares one and two; default 1, or as many as there are URLs
  --url URL              a gateway that runs somewhere, again for each further one; default: servers of its own
  --token-file FILE      with --url: the token to call it with
  --namespace NAME       with --url: where stocks and reservations are made, which stay there
  --kubeconfig FILE      with --url: its cluster, for the audit; else the books are not looked at
  --report FILE          the page (Markdown), its picture beside it; default: reports/http-load.md
  --json FILE            all numbers; an earlier one is compared with. Default: beside the page

Ends with 0 when all limits are kept and the books close, with 1 when not, and with 2 when it makes no sense.
`

const SETTLE_WITHIN_MS = 300_000
/** Of books that don't close; `npm run audit` says all. */
const MOST_LINES = 200
const terminal = terminalSteps(process.stdout)

// not exitCode: whatever still waits after a failure must not keep us
process.exit(await main(process.argv.slice(2)))

interface Place extends Omit<LoadPlace, 'namespace'> {
  /** Of the cluster, for the audit. */
  readonly kubeconfigPath: string | undefined
  close(): Promise<void>
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = commandLine(usage, {
    args: [...argv],
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: '1' },
      gateways: { type: 'string' },
      url: { type: 'string', multiple: true },
      'token-file': { type: 'string' },
      namespace: { type: 'string' },
      kubeconfig: { type: 'string' },
      report: { type: 'string', default: join(projectDirectory, 'reports/http-load.md') },
      json: { type: 'string' },
    },
  })
  const wishes = sensible(() => wishesFrom(positionals, values))
  const page = values.report
  const extension = extname(page)
  const bare = extension === '' ? page : page.slice(0, -extension.length)
  try {
    return await load(wishes, { page, picture: `${bare}.svg`, json: values.json ?? `${bare}.json` })
  } catch (error) {
    console.error(`load:http: ${error instanceof Error ? error.message : error}`)
    return 1
  }
}

function sensible(wishes: () => Wishes): Wishes {
  try {
    return wishes()
  } catch (error) {
    if (error instanceof BadWish) return badUsage(usage, error.message)
    throw error
  }
}

interface Files {
  readonly page: string
  readonly picture: string
  readonly json: string
}

/** What the command ends with. */
async function load(wishes: Wishes, files: Files): Promise<0 | 1> {
  const place = await (wishes.there ? placeThere(wishes.there, wishes.namespace) : ownPlace(wishes))
  try {
    const results: ScenarioResult[] = []
    for (const gateways of wishes.gateways)
      for (const name of wishes.names) results.push(await run(name, { wishes, place, gateways }))
    const books = await closeBooks(place, wishes.namespace)
    await keep(
      { format: 1, at: new Date().toISOString(), machine: machine(), scale: wishes.scale, results, books },
      files,
    )
    return books.closed !== false && results.every(isKept) ? 0 : 1
  } finally {
    await place.close()
  }
}

async function placeThere({ urls, tokenFile, kubeconfig }: There, namespace: string): Promise<Place> {
  const token = (await readFile(tokenFile, 'utf8')).trim()
  await mustAnswer({ urls, token, namespace })
  return { urls, token, kubeconfigPath: kubeconfig, close: () => Promise.resolve() }
}

function ownPlace({ namespace, gateways }: Wishes): Promise<Place> {
  const most = Math.max(...gateways)
  return terminal.run({
    doing: `API server, operator and ${most === 1 ? 'a gateway' : `${most} gateways`}`,
    run: (progress) => ownServers({ namespace, gateways: most, environment: process.env }, progress),
  })
}

interface Which {
  readonly wishes: Wishes
  readonly place: Place
  readonly gateways: number
}

async function run(name: ScenarioName, { wishes, place, gateways }: Which): Promise<ScenarioResult> {
  const scenario = scaled(scenarios[name], wishes.scale)
  const [first, ...others] = place.urls
  const urls = [first, ...others.slice(0, gateways - 1)] as const
  const title = `${name}${wishes.gateways.length > 1 ? `, ${gateways} gateway${gateways === 1 ? '' : 's'}` : ''}`
  const of = secondsOf(scenario)
  let tenth = 0
  const result = await terminal.run({
    doing: title,
    run: (progress) =>
      runScenario({
        ...{ name, scenario, place: { urls, token: place.token, namespace: wishes.namespace } },
        progress({ seconds, users, answers, failed }) {
          const now = Math.floor((seconds * 10) / Math.max(of, 1))
          if (now <= tenth && !process.stdout.isTTY) return
          tenth = now
          const errors = failed === 0 ? '' : `, ${failed} failed`
          progress(`${title}: ${seconds.toFixed(0)} of ${of.toFixed(0)} s, ${users} users, ${answers} answers${errors}`)
        },
      }),
    done: ({ measured: { all, seconds } }) =>
      `${title}: ${all.count} answers, ${(all.count / Math.max(seconds, 1e-3)).toFixed(0)}/s`,
  })
  for (const { what, wanted, found, kept } of result.verdicts)
    console.log(`    ${kept ? '✓' : '✗'} ${what} ${found}, wanted ${wanted}`)
  for (const example of result.measured.examples) console.log(`      ${example}`)
  return result
}

/** Waits until nothing is under way any more, and says what the audit finds. */
async function closeBooks({ kubeconfigPath }: Place, namespace: string): Promise<Books> {
  if (kubeconfigPath === undefined) {
    console.log('  Books: not looked at; --kubeconfig FILE lets the audit do it.')
    return { closed: undefined, lines: [] }
  }
  const sources = { kubeconfig: kubeconfigPath, kafkaBrokers: [], auditTopic: '', namespace }
  const { lines, findings, moved, unfinished, stocks, reservations } = await terminal.run({
    doing: 'closing the books',
    run: () => settledReport(sources, SETTLE_WITHIN_MS),
  })
  const closed = findings.length === 0 && moved === 0 && unfinished === 0
  const told = closed ? [`Books closed: ${stocks} stocks, ${reservations} reservations.`] : lines.slice(0, MOST_LINES)
  for (const line of told) console.log(`  ${line}`)
  return { closed, lines: told }
}

/** Writes the JSON, the page and its picture; compares with what the JSON had before. */
async function keep(result: LoadResult, { page, picture, json }: Files): Promise<void> {
  const before = loadResultFrom(await readFile(json, 'utf8').catch(() => ''))
  await write(json, `${JSON.stringify(result, null, 2)}\n`)
  await write(picture, loadPicture(result, before))
  await write(page, report(result, before, basename(picture)))
  console.log(`  ${page}`)
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

function machine(): string {
  return `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
}
