import { isKept, type LoadResult, type ScenarioResult, sameIn } from './result.ts'

/** The page: what was measured, beside the last run where there was one. `picture`: the file's name, beside the page. */
export function report(result: LoadResult, before: LoadResult | undefined, picture: string): string {
  const parts = [
    '# HTTP load',
    headOf(result),
    `![Latency over time and percentiles of each scenario](${picture})`,
    tableOf(result.results),
    missedIn(result.results),
    gatewaysBeside(result.results),
    before ? comparison(result, before) : 'There is no earlier run to compare with.',
    '## By step',
    stepsOf(result.results),
    '## Books',
    booksOf(result),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function headOf({ at, machine, scale }: LoadResult): string {
  const short = scale === 1 ? '' : ` At scale ${scale}: durations and the burst are ${scale} times what is contracted.`
  return `${at.slice(0, 16).replace('T', ' ')} UTC, ${machine}.${short}`
}

function tableOf(results: readonly ScenarioResult[]): string {
  const rows = results.map((result) => {
    const { all, unexpected, unanswered, answers } = result.measured
    const statuses = Object.entries(answers).map(([status, count]) => `${count} × ${status}`)
    return [
      ...[result.scenario, `${result.gateways}`, `${result.users}`, `${all.count}`, perSecond(result)],
      ...[ms(all.p50Ms), ms(all.p95Ms), ms(all.p99Ms), ms(all.mostMs)],
      ...[`${unexpected + unanswered}`, statuses.join(', '), isKept(result) ? '✓' : '✗'],
    ]
  })
  return table('scenario | gateways | users | answers | /s | P50 | P95 | P99 | most | errors | of these | limits', rows)
}

function missedIn(results: readonly ScenarioResult[]): string {
  const lines = results.flatMap((result) => [
    ...result.verdicts
      .filter(({ kept }) => !kept)
      .map(({ what, wanted, found }) => `- **${nameOf(result)}**: ${what} ${found}, wanted ${wanted}`),
    ...result.measured.examples.map(
      (example) => `- ${nameOf(result)} was answered \`${example.replaceAll('`', "'")}\``,
    ),
  ])
  return lines.length === 0
    ? 'All limits are kept.'
    : `Limits that were missed, and answers that nobody expects:\n\n${lines.join('\n')}`
}

function comparison(result: LoadResult, before: LoadResult): string {
  const rows = result.results.flatMap((now) => {
    const then = sameIn(before, now)
    return then ? [[now.scenario, `${now.gateways}`, ...changes(then, now)]] : []
  })
  const when = `${before.at.slice(0, 16).replace('T', ' ')} UTC, ${before.machine}, at scale ${before.scale}`
  if (rows.length === 0) return `The last run (${when}) had none of these scenarios.`
  return `## Beside the last run\n\n${when}.\n\n${table('scenario | gateways | /s | P50 | P95 | P99', rows)}`
}

/** Empty where all was done with one number of gateways. */
function gatewaysBeside(results: readonly ScenarioResult[]): string {
  const [first] = results
  const rows = results.flatMap((more) => {
    const fewer = results.find(({ scenario, gateways }) => scenario === more.scenario && gateways === first?.gateways)
    if (!fewer || fewer === more) return []
    return [[more.scenario, `${fewer.gateways} → ${more.gateways}`, ...changes(fewer, more)]]
  })
  if (rows.length === 0) return ''
  return `## More gateways\n\n${table('scenario | gateways | /s | P50 | P95 | P99', rows)}`
}

function changes(from: ScenarioResult, to: ScenarioResult): string[] {
  const both = (of: (one: ScenarioResult) => string) => `${of(from)} → ${of(to)}`
  return [
    both(perSecond),
    both(({ measured }) => ms(measured.all.p50Ms)),
    both(({ measured }) => ms(measured.all.p95Ms)),
    both(({ measured }) => ms(measured.all.p99Ms)),
  ]
}

function perSecond({ measured: { all, seconds } }: ScenarioResult): string {
  return (all.count / Math.max(seconds, 1e-3)).toFixed(0)
}

function stepsOf(results: readonly ScenarioResult[]): string {
  const rows = results.flatMap(({ scenario, gateways, measured }) =>
    Object.entries(measured.steps).map(([step, { count, p50Ms, p95Ms, p99Ms }]) => [
      ...[scenario, `${gateways}`, step, `${count}`, ms(p50Ms), ms(p95Ms), ms(p99Ms)],
    ]),
  )
  return table('scenario | gateways | step | answers | P50 | P95 | P99', rows)
}

function booksOf({ books }: LoadResult): string {
  const verdict =
    books.closed === undefined ? 'Nobody has looked.' : books.closed ? 'They close.' : 'They do **not** close.'
  return [verdict, ...books.lines.map((line) => `    ${line}`)].join('\n\n')
}

function nameOf({ scenario, gateways }: ScenarioResult): string {
  return `${scenario}, ${gateways} ${gateways === 1 ? 'gateway' : 'gateways'}`
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`
}

function table(head: string, rows: readonly (readonly string[])[]): string {
  const columns = head.split(' | ')
  const lines = [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return lines.join('\n')
}
