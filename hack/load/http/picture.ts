import { isKept, type LoadResult, type ScenarioResult, sameIn } from './result.ts'

const WIDTH = 900
const PANEL = 150
const PLOT = { left: 76, width: 504, top: 34, height: 88 } as const
const BARS = { left: 650, width: 150 } as const

/**
 * A panel for each scenario: on the left P50 and P95 over time, with the users in grey; on the right the percentiles, with
 * those of the last run as marks. SVG, for light and dark pages.
 */
export function loadPicture(result: LoadResult, before: LoadResult | undefined): string {
  const height = 50 + result.results.length * PANEL
  const title = `HTTP load, ${result.at.slice(0, 10)}, ${result.machine}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">`,
    '<style>text{font:13px system-ui,sans-serif;fill:#333}.users{fill:#8883}.axis{stroke:#888}.p50{stroke:#27a;fill:none}',
    '.p95{stroke:#c62;fill:none}.bar{fill:#27a}.last{stroke:#c62;stroke-width:2}.bad{fill:#c43}circle{stroke-width:3}',
    'polyline{stroke-width:1.5}@media(prefers-color-scheme:dark){text{fill:#ddd}.bad{fill:#f76}}</style>',
    `<text x="10" y="22" font-weight="bold">${escaped(title)}</text>`,
    '<line class="p50" x1="610" y1="17" x2="630" y2="17"/><text x="635" y="22">P50</text>',
    '<line class="p95" x1="675" y1="17" x2="695" y2="17"/><text x="700" y="22">P95</text>',
    `<text x="740" y="22">${before ? '| the last run' : ''}</text>`,
    ...result.results.flatMap((one, index) => panelOf(one, sameIn(before, one), 40 + index * PANEL)),
    '</svg>',
    '',
  ].join('\n')
}

function panelOf(result: ScenarioResult, last: ScenarioResult | undefined, y: number): string[] {
  const { scenario, gateways, users } = result
  const named = `${scenario}, ${gateways} ${gateways === 1 ? 'gateway' : 'gateways'}, ${users} users`
  return [
    `<g transform="translate(0 ${y})">`,
    `<text x="10" y="22" font-weight="bold">${escaped(named)}</text>`,
    ...(isKept(result) ? [] : ['<text class="bad" x="420" y="22">a limit is missed</text>']),
    ...plotOf(result),
    ...barsOf(result, last),
    '</g>',
  ]
}

function plotOf({ measured: { slices, seconds }, users }: ScenarioResult): string[] {
  const { left, width, top, height } = PLOT
  const most = Math.max(1, ...slices.map(({ p95Ms }) => p95Ms))
  const x = (atSeconds: number) => (left + (atSeconds / Math.max(seconds, 1e-3)) * width).toFixed(1)
  const y = (share: number) => (top + height * (1 - share)).toFixed(1)
  const line = (kind: 'p50' | 'p95', of: (slice: (typeof slices)[number]) => number) => {
    const points = slices.map((slice) => `${x(slice.atSeconds)},${y(of(slice) / most)}`)
    const [only] = slices
    if (slices.length === 1 && only) return `<circle class="${kind}" cx="${x(0)}" cy="${y(of(only) / most)}" r="2"/>`
    return `<polyline class="${kind}" points="${points.join(' ')}"/>`
  }
  const area = slices.map((slice) => `${x(slice.atSeconds)},${y(slice.users / Math.max(1, users))}`)
  return [
    ...(slices.length > 1
      ? [
          `<polygon class="users" points="${x(0)},${y(0)} ${area.join(' ')} ${x(slices.at(-1)?.atSeconds ?? 0)},${y(0)}"/>`,
        ]
      : []),
    `<line class="axis" x1="${left}" y1="${y(0)}" x2="${left + width}" y2="${y(0)}"/>`,
    `<text x="${left - 6}" y="${top + 10}" text-anchor="end">${shortMs(most)}</text>`,
    `<text x="${left + width}" y="${top + height + 16}" text-anchor="end">${seconds.toFixed(seconds < 10 ? 1 : 0)} s</text>`,
    line('p50', ({ p50Ms }) => p50Ms),
    line('p95', ({ p95Ms }) => p95Ms),
  ]
}

function barsOf({ measured: { all } }: ScenarioResult, last: ScenarioResult | undefined): string[] {
  const before = last?.measured.all
  const most = Math.max(1, all.p99Ms, before?.p99Ms ?? 0)
  const rows = [['P50', all.p50Ms, before?.p50Ms] as const, ['P95', all.p95Ms, before?.p95Ms] as const]
  const wide = (value: number) => (value / most) * BARS.width
  return [...rows, ['P99', all.p99Ms, before?.p99Ms] as const].flatMap(([name, value, earlier], index) => {
    const y = PLOT.top + index * 30
    const at = earlier === undefined ? 0 : BARS.left + wide(earlier)
    return [
      `<text x="${BARS.left - 8}" y="${y + 15}" text-anchor="end">${name}</text>`,
      `<rect class="bar" x="${BARS.left}" y="${y + 2}" width="${Math.max(1, wide(value)).toFixed(1)}" height="16" rx="2"/>`,
      ...(earlier === undefined
        ? []
        : [`<line class="last" x1="${at.toFixed(1)}" y1="${y - 2}" x2="${at.toFixed(1)}" y2="${y + 22}"/>`]),
      `<text x="${BARS.left + BARS.width + 10}" y="${y + 15}">${shortMs(value)}</text>`,
    ]
  })
}

function shortMs(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
