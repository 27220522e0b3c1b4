import { meetsBar, type Row, ratioOf } from './row.ts'

const ROW = 34
const LEFT = 400
const SCALE = 260
const WIDTH = 840

/** Every row with a bar as a strip: 1 is the bar, further right is better. SVG, for light and dark pages. */
export function picture(rows: readonly Row[], title: string): string {
  const judged = rows.filter(({ bar }) => bar !== 'none')
  const height = 70 + judged.length * ROW
  const at = LEFT + SCALE / 2
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">`,
    '<style>text{font:14px system-ui,sans-serif;fill:#333}.good{fill:#2a7}.bad{fill:#c43}.bar{stroke:#888;stroke-dasharray:4 3}',
    '@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>',
    `<text x="10" y="24" font-weight="bold">${escaped(title)}</text>`,
    `<text x="${at}" y="46" text-anchor="middle">the bar</text>`,
    `<line class="bar" x1="${at}" y1="52" x2="${at}" y2="${height - 10}"/>`,
    ...judged.flatMap((row, index) => stripOf(row, 60 + index * ROW)),
    '</svg>',
    '',
  ].join('\n')
}

function stripOf(row: Row, y: number): string[] {
  const score = scoreOf(row)
  const width = Math.max(2, Math.min(2, score) * (SCALE / 2))
  return [
    `<text x="${LEFT - 12}" y="${y + 17}" text-anchor="end">${escaped(row.what)}</text>`,
    `<rect class="${meetsBar(row) ? 'good' : 'bad'}" x="${LEFT}" y="${y + 3}" width="${width.toFixed(0)}" height="20" rx="3"/>`,
    `<text x="${LEFT + SCALE + 12}" y="${y + 17}">${score >= 2 ? 'twice or better' : `${score.toFixed(2)} × the bar`}</text>`,
  ]
}

/** How many times better than the bar; 1 = just met. */
function scoreOf(row: Row): number {
  if (row.bar === 'none') return 0
  const ratio = Math.max(ratioOf(row), 1e-6)
  return 'atLeast' in row.bar ? ratio / row.bar.atLeast : row.bar.atMost / ratio
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
