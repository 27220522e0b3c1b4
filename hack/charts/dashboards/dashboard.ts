import type { Panel, Query } from './panel.ts'
import { type Variable, variables } from './variables.ts'

/** One page of Grafana. */
export interface Dashboard {
  /** Of the file; the chart makes a uid of it that is each release's own. */
  readonly name: string
  readonly title: string
  readonly description: string
  /** Those that its queries use, beside the data source and the install. */
  readonly variables: readonly Variable[]
  readonly panels: readonly Panel[]
}

const COLUMNS = 24
const HEIGHTS = { stat: 4, timeseries: 8, table: 9 } as const

/** The file that Grafana imports, and the chart brings along. */
export function dashboardJson({ name, title, description, variables: more, panels }: Dashboard): string {
  const board = {
    ...{ uid: `kbnt-${name}`, title, description, tags: ['kbnt'], schemaVersion: 39, editable: true },
    ...{ time: { from: 'now-6h', to: 'now' }, refresh: '30s' },
    templating: { list: variables(more) },
    panels: placed(panels).map(({ panel, at }, index) => panelJson(panel, index + 1, at)),
  }
  return `${JSON.stringify(board, null, 2)}\n`
}

interface Place {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** From left to right, row by row; a row is as high as its highest panel. */
function placed(panels: readonly Panel[]): { readonly panel: Panel; readonly at: Place }[] {
  let [x, y, rowHeight] = [0, 0, 0]
  return panels.map((panel) => {
    const [w, h] = [panel.width, HEIGHTS[panel.type]]
    if (x + w > COLUMNS) {
      y += rowHeight
      x = rowHeight = 0
    }
    const at = { x, y, w, h }
    x += w
    rowHeight = Math.max(rowHeight, h)
    return { panel, at }
  })
}

function panelJson(panel: Panel, id: number, gridPos: Place): object {
  const { type, title, description, unit, queries } = panel
  return {
    ...{ id, type, title, description, gridPos },
    datasource: { type: 'prometheus', uid: '$datasource' },
    fieldConfig: { defaults: { unit }, overrides: [] },
    ...shapes[type](queries),
    targets: queries.map((query, index) => target(type, query, refId(index))),
  }
}

function target(type: Panel['type'], { expr, name }: Query, ref: string): object {
  if (type === 'timeseries') return { refId: ref, expr, legendFormat: name }
  return { refId: ref, expr, legendFormat: name, instant: true, ...(type === 'table' && { format: 'table' }) }
}

const refId = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index)

const shapes: Readonly<Record<Panel['type'], (queries: readonly Query[]) => object>> = {
  stat: () => ({ options: { reduceOptions: { calcs: ['lastNotNull'] }, textMode: 'auto', colorMode: 'none' } }),
  timeseries: () => ({ options: { legend: { showLegend: true, displayMode: 'list', placement: 'bottom' } } }),
  table: (queries) => ({
    options: { footer: { enablePagination: true }, sortBy: sortedBy(queries) },
    transformations: oneRowEach(queries),
  }),
}

/** By the first column; the largest first, but where the smallest are asked for. */
function sortedBy([first]: readonly Query[]): object[] {
  return first ? [{ displayName: first.name, desc: !first.expr.startsWith('bottomk') }] : []
}

/** What the queries answer for the same labels becomes one row, without the time. */
function oneRowEach(queries: readonly Query[]): object[] {
  const columnOf = (index: number) => (queries.length === 1 ? 'Value' : `Value #${refId(index)}`)
  const renameByName = Object.fromEntries(queries.map(({ name }, index) => [columnOf(index), name]))
  return [
    { id: 'merge', options: {} },
    { id: 'organize', options: { excludeByName: { Time: true }, renameByName } },
  ]
}
