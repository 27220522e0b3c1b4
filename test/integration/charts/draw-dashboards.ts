import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import type { Prometheus } from '../../fixtures/prometheus.ts'
import type { Board, PanelOfBoard } from '../../fixtures/queries.ts'
import { type Answers, dashboardPicture, type Line } from './dashboard-picture.ts'

/** How much of the past the pictures show, and how finely. */
const LAST_S = 90
const STEP_S = 2

export interface Drawing {
  readonly prometheus: Prometheus
  readonly boards: readonly Board[]
  /** A query with a choice for each variable. */
  readonly chosen: (expr: string) => string
}

/** Writes docs/pictures/dashboard-….svg of each, with what Prometheus answers now. */
export async function drawDashboards({ prometheus, boards, chosen }: Drawing): Promise<void> {
  async function linesOf(type: PanelOfBoard['type'], expr: string, legend: string): Promise<Line[]> {
    const nameOf = (labels: Line['labels']) => legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label) => labels[label] ?? '')
    if (type === 'timeseries') {
      const series = await prometheus.queryRange(expr, LAST_S, STEP_S)
      return series.map((one) => ({ ...one, name: nameOf(one.labels) }))
    }
    const samples = await prometheus.query(expr)
    return samples.map(({ labels, value }) => ({ name: nameOf(labels), labels, points: [{ at: 0, value }] }))
  }

  for (const board of boards) {
    const answers = new Map<PanelOfBoard, Answers>()
    for (const panel of board.panels) {
      const asked = panel.targets.map(async ({ expr, legendFormat: query }) => ({
        query,
        lines: await linesOf(panel.type, chosen(expr), query),
      }))
      answers.set(panel, await Promise.all(asked))
    }
    const [, name] = board.uid.split('-')
    const path = join(projectDirectory, 'docs/pictures', `dashboard-${name}.svg`)
    await writeFile(
      path,
      dashboardPicture(board, (panel) => answers.get(panel) ?? []),
    )
  }
}
