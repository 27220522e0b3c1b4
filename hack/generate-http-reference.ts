/** Writes docs/reference/http.md from config/openapi.yaml and the kinds of problems in the code. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { problemKinds } from '../operator/domain/gateway/problem.ts'
import { projectDirectory } from './testbed/places.ts'

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly description?: string
  readonly 'x-is'?: string
  readonly enum?: readonly string[]
  readonly default?: unknown
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

interface Parameter {
  readonly $ref?: string
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema: Schema
}

interface Operation {
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
  readonly responses: Readonly<Record<string, Response>>
}

interface Response {
  readonly $ref?: string
  readonly description: string
}

const document = parse(await readFile(join(projectDirectory, 'config/openapi.yaml'), 'utf8'))
await writeFile(join(projectDirectory, 'docs/reference/http.md'), page())

function page(): string {
  const paths = Object.entries(document.paths as Record<string, Record<string, Operation>>)
  const operations = paths.flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => section(`${method.toUpperCase()} ${path}`, operation)),
  )
  const problems = Object.entries(problemKinds).map(
    ([reason, { status, title }]) => `| ${status} | \`${reason}\` | ${title} |`,
  )
  return `# HTTP

The gateway's API, behind \`/api/v1\`; made from \`config/openapi.yaml\` by \`npm run generate\`. [Your first hold over HTTP](../guide/gateway.md) shows it at work.

Bodies are JSON. A member that is given twice counts as given last. Every call carries \`Authorization: Bearer TOKEN\`. Without a token everybody may read \`/docs\`, a page to try the calls, \`/openapi.json\`, the contract, and \`/problems\`.

${operations.join('\n\n')}

## Problems

Whatever isn't done is answered with \`application/problem+json\`: \`type\` (a path of the gateway, such as \`/problems/Stale\`, where it says what that means and what to do; [troubleshooting](../troubleshooting.md#a-call-to-the-gateway) has the same), \`status\`, \`title\`, \`detail\` (a sentence), \`reason\`, \`requestId\`, and where they are known \`errors\`, \`reservationId\`, \`requested\`, \`available\` and \`missing\`. A reservation that is refused or over has one of [the operator's reasons](reasons.md): 404 for \`StockNotFound\`, 403 for \`StockNotShared\`, 422 for what its stock's terms never allow (\`HoldTooLong\`, \`WaitTooLong\`, \`PriorityTooHigh\`) and what its stocks' books can't do (\`NoWaitlist\`, \`LedgersDiffer\`), 409 for the others. Besides:

| status | reason | meaning |
|---|---|---|
${problems.join('\n')}
`
}

function section(
  call: string,
  { summary, description = '', parameters = [], requestBody, responses }: Operation,
): string {
  const given = parameters.map((one) => found(one)).filter(({ name }) => name !== 'X-Request-Id')
  const rows = given.map(({ name, in: place, required = false, description: text = '', schema }) =>
    row(name, place, { required, text, schema }),
  )
  const body = requestBody && found(requestBody.content['application/json'].schema)
  for (const [name, member] of Object.entries(body?.properties ?? {}))
    rows.push(row(name, 'body', { required: body?.required?.includes(name) ?? false, text: '', schema: member }))
  const answers = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([status, response]) => `${status}: ${found(response).description}`)
  const table = rows.length === 0 ? '' : `\n\n| | in | what |\n|---|---|---|\n${rows.join('\n')}`
  return `## ${call}

${[summary, description].filter((text) => text !== '').join(' ')}${table}

${answers.join(' ')}`
}

function row(
  name: string,
  place: string,
  { required, text, schema }: { readonly required: boolean; readonly text: string; readonly schema: Schema },
): string {
  const known = found(schema)
  const is = known['x-is'] ?? known.enum?.join(', ') ?? known.type ?? ''
  const about = [schema.description ?? (text || known.description) ?? '', is === '' ? '' : `_${is}_`]
  const fallback = known.default === undefined ? '' : `default ${JSON.stringify(known.default)}`
  const what = [...about, fallback].filter((part) => part !== '').join(' ')
  return `| \`${name}\`${required ? '' : ' ?'} | ${place} | ${what.replaceAll('|', '\\|')} |`
}

/** What a reference stands for; what stands beside it wins. */
function found<T extends { readonly $ref?: string }>(value: T): T {
  if (value.$ref === undefined) return value
  const target = value.$ref
    .slice(2)
    .split('/')
    .reduce((at, name) => at[name], document) as T
  const { $ref: _, ...beside } = value
  return { ...found(target), ...beside } as T
}
