import type { Board, PanelOfBoard } from '../../fixtures/queries.ts'

/** What Prometheus has answered to one query of a panel. */
export interface Line {
  /** As Grafana's legend has it. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Oldest first; the last one is the present. */
  readonly points: readonly { readonly at: number; readonly value: number }[]
}

/** Of a panel: its lines, query by query. */
export type Answers = readonly { readonly query: string; readonly lines: readonly Line[] }[]

const COLUMN = 50
const ROW = 30
const GAP = 6
const COLOURS = ['#2a7', '#38c', '#d80', '#a4c', '#c43', '#0aa', '#885', '#669']
const MOST_LINES = 8
const MOST_NAMES = 4
const MOST_ROWS = 7

/** The page as it stands in its file, with real answers in it: panels, titles, numbers, lines. Not what Grafana draws. */
export function dashboardPicture(board: Board, answersOf: (panel: PanelOfBoard) => Answers): string {
  const height = Math.max(...board.panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * ROW + 30
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 ${height}" role="img" aria-label="${escaped(board.title)}">`,
    '<style>text{font:12px system-ui,sans-serif;fill:#333}.t{font-weight:bold}.n{font-size:26px}.s{font-size:10px;fill:#777}.b{fill:none;stroke:#999;stroke-width:.6}polyline{fill:none;stroke-width:1.4}',
    '@media(prefers-color-scheme:dark){text{fill:#ddd}.s{fill:#aaa}}</style>',
    ...board.panels.map((panel) => panelPicture(panel, answersOf(panel)).join('')), // a line each
    `<text class="s" x="4" y="${height - 10}">${escaped(board.title)}: drawn from its file and the answers of a Prometheus of the tests, not by Grafana</text>`,
    '</svg>',
    '',
  ].join('\n')
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

function panelPicture(panel: PanelOfBoard, answers: Answers): string[] {
  const { x, y, w, h } = panel.gridPos
  const box = { x: x * COLUMN, y: y * ROW, width: w * COLUMN - GAP, height: h * ROW - GAP }
  const draw = { stat: statPicture, table: tablePicture, timeseries: linesPicture }[panel.type]
  return [
    `<rect class="b" x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="3"/>`,
    text(box.x + 8, box.y + 18, panel.title, 't'),
    ...(answers.some(({ lines }) => lines.length > 0)
      ? draw(box, answers, panel.fieldConfig.defaults.unit)
      : [text(box.x + 8, box.y + 44, 'nothing to tell', 's')]),
  ]
}

function statPicture({ x, y, width }: Box, answers: Answers, unit: string): string[] {
  const all = answers.flatMap(({ lines }) => lines)
  return all.slice(0, 4).flatMap((line, index) => {
    const left = x + 8 + (index * width) / Math.min(all.length, 4)
    return [text(left, y + 62, shown(present(line), unit), 'n'), text(left, y + 84, line.name, 's')]
  })
}

/** One row for each set of labels, one column for each query. */
function tablePicture({ x, y, width }: Box, answers: Answers, unit: string): string[] {
  const rows = new Map<string, Map<string, number>>()
  for (const { query, lines } of answers)
    for (const line of lines) {
      const { kbnt_install: _, __name__, ...labels } = line.labels
      const key = Object.values(labels).join(' · ')
      rows.set(key, (rows.get(key) ?? new Map()).set(query, present(line)))
    }
  const left = (index: number) => x + width - (answers.length - index) * 75
  const heads = answers.map(({ query }, index) => text(left(index), y + 36, query, 's'))
  const cells = [...rows].slice(0, MOST_ROWS).flatMap(([key, values], row) => [
    text(x + 8, y + 54 + row * 20, key),
    ...answers.map(({ query }, index) => {
      const value = values.get(query)
      return text(left(index), y + 54 + row * 20, value === undefined ? '' : shown(value, unit))
    }),
  ])
  return [...heads, ...cells]
}

function linesPicture(box: Box, answers: Answers, unit: string): string[] {
  const all = answers.flatMap(({ lines }) => lines)
  const some = all.slice(0, MOST_LINES)
  const points = all.flatMap((line) => line.points).filter(({ value }) => Number.isFinite(value))
  if (points.length === 0) return [text(box.x + 8, box.y + 44, 'nothing happened', 's')]
  const top = Math.max(...points.map(({ value }) => value)) || 1
  const [from, to] = [Math.min(...points.map(({ at }) => at)), Math.max(...points.map(({ at }) => at))]
  const plot = { x: box.x + 58, y: box.y + 32, width: box.width - 70, height: box.height - 72 }
  const place = ({ at, value }: Line['points'][number]): string => {
    const right = plot.x + ((at - from) / Math.max(to - from, 1)) * plot.width
    const down = plot.y + (1 - Math.max(value, 0) / top) * plot.height
    return `${right.toFixed(0)},${down.toFixed(1)}`
  }
  const bottom = plot.y + plot.height
  const names = all.map(({ name }) => name).slice(0, MOST_NAMES)
  const more = all.length > names.length ? `+ ${all.length - names.length} more` : ''
  const step = box.width / (names.length + (more ? 1 : 0))
  return [
    `<path class="b" d="M${plot.x} ${plot.y}V${bottom}H${plot.x + plot.width}"/>`,
    text(box.x + 6, plot.y + 8, shown(top, unit), 's'),
    text(box.x + 6, bottom, shown(0, unit), 's'),
    ...some.map((line, index) => {
      const seen = line.points.filter(({ value }) => Number.isFinite(value)).map(place)
      return `<polyline stroke="${COLOURS[index]}" points="${seen.join(' ')}"/>`
    }),
    ...names.map((name, index) => {
      const fits = Math.floor(step / 6.5)
      const short = name.length > fits ? `…${name.slice(1 - fits)}` : name
      return `<text x="${(box.x + 8 + index * step).toFixed(0)}" y="${box.y + box.height - 10}" style="fill:${COLOURS[index]}">${escaped(short)}</text>`
    }),
    text(box.x + 8 + names.length * step, box.y + box.height - 10, more, 's'),
  ]
}

const present = ({ points }: Line): number => points.at(-1)?.value ?? Number.NaN

const text = (x: number, y: number, words: string, kind = ''): string =>
  words === ''
    ? ''
    : `<text${kind && ` class="${kind}"`} x="${x.toFixed(0)}" y="${y.toFixed(0)}">${escaped(words)}</text>`

function shown(value: number, unit: string): string {
  if (Number.isNaN(value)) return '–'
  if (unit === 'percentunit') return `${rounded(100 * value)} %`
  if (unit === 'bytes') return `${rounded(value / 2 ** 20)} MiB`
  if (unit === 's') return value !== 0 && Math.abs(value) < 1 ? `${rounded(1_000 * value)} ms` : `${rounded(value)} s`
  return rounded(value) + (unit === 'ops' || unit === 'reqps' ? '/s' : '')
}

const rounded = (value: number): string => String(Number(value.toPrecision(3)))

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
