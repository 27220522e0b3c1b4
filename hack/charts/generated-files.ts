import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from '../testbed/places.ts'
import { chartReadme, type ValueSchema } from './chart-readme.ts'
import { dashboardJson } from './dashboards/dashboard.ts'
import { dashboards } from './dashboards/dashboards.ts'
import { valuesSchemaText } from './values-schema.ts'

/** What is generated under charts/: path from the project's root to content. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  // a chart can't read files outside of its own folder
  for (const name of await readdir(join(projectDirectory, 'crds'))) {
    files.set(`charts/kbnt-operator-crds/files/${name}`, await read('crds', name))
  }
  const settings = JSON.parse(await read('config', 'settings.schema.json'))
  const schemaPath = 'charts/kbnt-operator/values.schema.json'
  files.set(schemaPath, await valuesSchemaText(JSON.parse(await read(schemaPath)), settings))
  // nor include a template of another chart
  const [alerts, filled] = ['templates/_changed-alerts.tpl', 'templates/_filled-values.tpl'] as const
  files.set(`charts/kbnt-kafka/${alerts}`, await read('charts/kbnt-operator', alerts))
  for (const name of ['kbnt-kafka', 'kbnt-operator-crds'])
    files.set(`charts/${name}/${filled}`, await read('charts/kbnt-operator', filled))
  for (const name of await readdir(join(projectDirectory, 'charts'))) {
    // nor its own values as they are before others are given
    files.set(`charts/${name}/files/defaults.yaml`, await read('charts', name, 'values.yaml'))
    const [chart, values, schema] = await Promise.all([
      read('charts', name, 'Chart.yaml'),
      read('charts', name, 'values.yaml'),
      files.get(`charts/${name}/values.schema.json`) ?? read('charts', name, 'values.schema.json'),
    ])
    const readme = chartReadme({ chart, values, schema: JSON.parse(schema) as ValueSchema })
    files.set(`charts/${name}/README.md`, readme)
  }
  for (const dashboard of dashboards)
    files.set(`charts/kbnt-operator/files/dashboards/${dashboard.name}.json`, dashboardJson(dashboard))
  return files
}

function read(...path: string[]): Promise<string> {
  return readFile(join(projectDirectory, ...path), 'utf8')
}
