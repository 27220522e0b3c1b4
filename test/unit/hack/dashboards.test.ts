import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dashboardJson } from '../../../hack/charts/dashboards/dashboard.ts'
import { dashboards } from '../../../hack/charts/dashboards/dashboards.ts'
import { machines } from '../../../hack/charts/dashboards/machines.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { type Board, metricsIn } from '../../fixtures/queries.ts'

type Place = Board['panels'][number]['gridPos']

const selectorsIn = (expr: string) => [...expr.matchAll(/\{([^}]*)\}/g)].map(([, labels = '']) => labels)
const overlap = (a: Place, b: Place) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

for (const dashboard of dashboards)
  describe(`the dashboard ${dashboard.name}`, () => {
    const board = JSON.parse(dashboardJson(dashboard)) as Board
    const panels = board.panels
    const names = board.templating.list.map(({ name }) => name)
    const exprs = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

    it('says of each panel what it shows', () => {
      for (const { title, description } of panels) assert.match(description, /^[A-Z].{15,}[.]$/, title)
      assert.equal(new Set(panels.map(({ title, type }) => `${type} ${title}`)).size, panels.length)
    })

    it('asks of each metric for the installs that are chosen', () => {
      for (const expr of exprs) {
        assert.equal(selectorsIn(expr).length, metricsIn(expr).length, expr)
        for (const labels of selectorsIn(expr)) assert.ok(labels.includes('kbnt_install=~"$install"'), expr)
      }
    })

    it('has the variables that it uses, and uses those that it has', () => {
      const text = [...exprs, ...board.templating.list.map(({ query }) => query), 'uid $datasource'].join('\n')
      const used = new Set([...text.matchAll(/\$([a-z]\w*)/g)].map(([, name]) => name))
      assert.deepEqual([...used].sort(), [...names].sort())
    })

    it('takes the time of a rate from Grafana', () => {
      for (const expr of exprs)
        for (const [, time] of expr.matchAll(/\[([^\]:]*)/g))
          assert.match(time ?? '', /^\$__(rate_interval|range)$/, expr)
    })

    it('draws no line for each stock, of which there may be thousands, and lists 20 at most', () => {
      for (const { type, title, targets } of panels)
        for (const { expr } of targets) {
          const isByStock = /by \([^)]*\bstock\b/.test(expr)
          if (type === 'table' && isByStock) assert.match(expr, /\b(topk|bottomk)\(20,/, title)
          else assert.ok(!isByStock, `${title}: ${expr}`)
        }
    })

    it('has a picture in the docs, with each of its panels', () => {
      const path = join(projectDirectory, 'docs/pictures', `dashboard-${dashboard.name}.svg`)
      const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
      const picture = readFileSync(path, 'utf8')
      const missing = panels.filter(({ title }) => !picture.includes(`>${escaped(title)}</text>`))
      assert.deepEqual(missing, [], 'KBNT_UPDATE_PICTURES=1 with test/integration/charts/queries.test.ts draws it')
    })

    it('has no panel on top of another', () => {
      for (const { gridPos: a, title } of panels) {
        assert.ok(a.x + a.w <= 24, title)
        for (const { gridPos: b, title: other } of panels) assert.ok(a === b || !overlap(a, b), `${title}, ${other}`)
      }
    })
  })

it('the dashboard of machines counts no storages and no networks among them', () => {
  const { panels } = JSON.parse(dashboardJson(machines)) as Board
  const exprs = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  const ofAll = exprs.filter((expr) => expr.includes('kbnt_virtual_resources_'))
  assert.equal(ofAll.length, 4)
  for (const expr of ofAll) assert.match(expr, /type="VirtualMachine"/)
})
