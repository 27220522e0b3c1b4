import { parse } from 'yaml'

export interface ValueSchema {
  readonly description?: string
  readonly type?: string
  readonly properties?: Readonly<Record<string, ValueSchema>>
  readonly additionalProperties?: boolean | ValueSchema
}

export interface ChartTexts {
  /** Chart.yaml. */
  readonly chart: string
  /** values.yaml. */
  readonly values: string
  readonly schema: ValueSchema
}

interface Row {
  readonly path: string
  readonly field: ValueSchema
  readonly value: unknown
}

/** The README of a chart: how to install it, and every value with its default and meaning. */
export function chartReadme({ chart, values, schema }: ChartTexts): string {
  const { name, description, kubeVersion } = parse(chart) as Record<string, string>
  const rows = rowsOf(schema, parse(values), '').map(
    ({ path, field, value }) =>
      `| \`${path}\` | ${value === undefined ? '' : `\`${cell(JSON.stringify(value))}\``} | ${cell(field.description)} |`,
  )
  // the kinds belong to no namespace, and are upgraded and uninstalled without one
  const namespace = name === 'kbnt-operator-crds' ? '' : ' --namespace kbnt-system --create-namespace'
  return `# ${name}

${description}. Kubernetes ${kubeVersion?.replace('-0', '')}. How charts go together: [docs/install.md](../../docs/install.md).

\`\`\`
helm upgrade --install ${name} charts/${name}${namespace}
\`\`\`

Values, made from \`values.schema.json\` by \`npm run generate\`:

| value | default | meaning |
|---|---|---|
${rows.join('\n')}
`
}

function rowsOf({ properties = {} }: ValueSchema, values: unknown, prefix: string): Row[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const value = (values as Record<string, unknown> | undefined)?.[name]
    if (field.properties && value !== undefined && Object.keys(value as object).length > 0) {
      return rowsOf(field, value, `${prefix}${name}.`)
    }
    return [{ path: `${prefix}${name}`, field, value }, ...rowsOfEach(field, `${prefix}${name}.NAME.`)]
  })
}

/** What each entry of a map may say; none is there unless somebody gives it. */
function rowsOfEach({ additionalProperties: each }: ValueSchema, prefix: string): Row[] {
  return typeof each === 'object' ? rowsOf(each, undefined, prefix) : []
}

function cell(text = ''): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
