import { meetsBar, type Row, ratioOf } from './row.ts'

/** The rows for a terminal. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(cellsOf)
  const head = ['what', 'measured', 'bare', 'ratio', 'bar', '']
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [head, ...cells].map(line).join('\n')
}

/** The rows for a page. */
export function markdown(rows: readonly Row[]): string {
  const lines = rows.map((row) => `| ${[...cellsOf(row), row.note ?? ''].join(' | ')} |`)
  return ['| what | measured | bare | ratio | bar | | |', '|---|---|---|---|---|---|---|', ...lines].join('\n')
}

function cellsOf(row: Row): string[] {
  const { what, measured, unit, bare, bar } = row
  const of = (value: number) => `${rounded(value)}${unit && ` ${unit}`}`
  const ratio = bare === undefined ? '' : ratioOf(row).toFixed(2)
  return [what, of(measured), bare === undefined ? '' : of(bare), ratio, barText(bar), markOf(row)]
}

function barText(bar: Row['bar']): string {
  if (bar === 'none') return ''
  return 'atLeast' in bar ? `≥ ${bar.atLeast}` : `≤ ${bar.atMost}`
}

function markOf(row: Row): string {
  const meets = meetsBar(row)
  return meets === undefined ? '' : meets ? '✓' : '✗'
}

function rounded(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
