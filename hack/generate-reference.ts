import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gatewayMetrics } from '../operator/infrastructure/telemetry/gateway-metrics.ts'
import { metrics } from '../operator/infrastructure/telemetry/metrics.ts'
import { workerMetrics } from '../operator/infrastructure/telemetry/worker-metrics.ts'
import { projectDirectory } from './testbed/places.ts'

interface Schema {
  readonly description?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  /** Of a map whose names the user gives. */
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
}

await write('settings.md', await settingsPage())
await write('metrics.md', await metricsPage())

async function write(name: string, text: string): Promise<void> {
  await writeFile(join(projectDirectory, 'docs/reference', name), text)
}

/** Every field of config/settings.schema.json with its default and meaning. */
async function settingsPage(): Promise<string> {
  const schema = JSON.parse(await readFile(join(projectDirectory, 'config/settings.schema.json'), 'utf8')) as Schema
  const rows = rowsOf(schema, '').map(
    ({ path, field }) => `| \`${path}\` | ${defaultText(field)} | ${cell(field.description ?? '')} |`,
  )
  return `# Settings

One YAML file (\`npm start -- --config FILE\`), checked at the start; flags and environment variables win over it (\`npm start -- --help\`). A wrong one ends the start with its path, what was given and what is allowed. Made from \`config/settings.schema.json\` by \`npm run generate\`.

| setting | default | meaning |
|---|---|---|
${rows.join('\n')}
`
}

function rowsOf(schema: Schema, prefix: string): { path: string; field: Schema }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix + name
    if (field.properties) return rowsOf(field, `${path}.`)
    const { items, additionalProperties: each } = field
    const own = { path, field }
    if (items?.properties) return [own, ...rowsOf(items, `${path}[].`)]
    return typeof each === 'object' ? [own, ...rowsOf(each, `${path}.NAME.`)] : [own]
  })
}

function defaultText({ default: value }: Schema): string {
  if (value === undefined) return ''
  const text = JSON.stringify(value)
  return text.length > 40 ? 'see `config/default-settings.yaml`' : `\`${cell(text)}\``
}

/** Every metric that the programs serve, with its type and help. */
async function metricsPage(): Promise<string> {
  const facts = { version: '', commit: '', processMetrics: false }
  const operator = metrics({ ...facts, legacyNames: true, maxStocks: 1 })
  const gateway = gatewayMetrics(facts)
  return `# Metrics

Served on \`/metrics\`, with Node's process metrics beside them. Made from the code by \`npm run generate\`.

## The operator

\`kbnt_virtual_stock_total\` and \`kbnt_virtual_reservations_active_total\` are older names, served while \`metrics.legacyNames\` is true.

${metricsTable(await operator.text())}

## The gateway

${metricsTable(await gateway.text())}

## The worker

${metricsTable(await workerMetrics(facts).text())}
`
}

function metricsTable(served: string): string {
  const lines = served.split('\n')
  const types = new Map(lines.flatMap((line) => pairsOf(line, /^# TYPE (\S+) (\S+)$/)))
  const rows = lines.flatMap((line) => pairsOf(line, /^# HELP (\S+) (.*)$/))
  return `| metric | type | meaning |
|---|---|---|
${rows.map(([name, help]) => `| \`${name}\` | ${types.get(name) ?? ''} | ${cell(help)} |`).join('\n')}`
}

function pairsOf(line: string, pattern: RegExp): [string, string][] {
  const [, name, rest] = pattern.exec(line) ?? []
  return name !== undefined && rest !== undefined ? [[name, rest]] : []
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
