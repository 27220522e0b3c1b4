/** Writes the list of reasons into the schemas that have it, and the pages about them, from the records in the code. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readyReasons } from '../operator/application/ledger/ready-reasons.ts'
import { explainedProblems, kindExplanations } from '../operator/domain/gateway/explanations.ts'
import { type ProblemKind, problemKinds } from '../operator/domain/gateway/problem.ts'
import { type ExplainedOrderReason, orderExplanations } from '../operator/domain/order/explanations.ts'
import { orderReasonNames } from '../operator/domain/order/order-reasons.ts'
import { explainedReasons, reasonExplanations } from '../operator/domain/reservation/explanations.ts'
import { reasonNames, recordOf } from '../operator/domain/reservation/reasons.ts'
import { requestReasonNames } from '../operator/domain/virtualization/request-reasons.ts'
import { projectDirectory } from './testbed/places.ts'

/** The text of a kind's schema with these reasons of the code as the enum of `status.reason`. */
export function withReasons(yaml: string, names: readonly string[]): string {
  return replaced(
    yaml,
    /^( +)(reason:\n +type: string\n +enum:\n)(?: +- \w+\n)+/m,
    (indent, head) => indent + head + names.map((reason) => `${indent}    - ${reason}\n`).join(''),
  )
}

/** The text of the events' definitions with those reasons that an event can have. */
export function withEventReasons(json: string): string {
  const told = reasonNames.filter((reason) => ['over', 'waits'].includes(recordOf(reason).fate))
  return replaced(
    json,
    /^( +)("reason": \{\n.*\n +"enum": \[\n)[^\]]*\]/m,
    (indent, head) => `${indent}${head}${told.map((reason) => `${indent}    "${reason}"`).join(',\n')}\n${indent}  ]`,
  )
}

/** The text of the gateway's contract with every reason that a problem may have. */
export function withProblemReasons(yaml: string): string {
  return replaced(
    yaml,
    /^( +)(reason:\n +type: string\n +description: A word for programs.*\n +enum:\n)(?: +- \w+\n)+/m,
    (indent, head) => indent + head + explainedProblems.map(({ reason }) => `${indent}    - ${reason}\n`).join(''),
  )
}

/** Where the page says more of a reason than a line can. */
const moreOf: Readonly<Record<string, string>> = {
  StockBusy: 'pending-a-stock-cant-decide-now',
  WaitingForStock: 'waiting-who-is-served-when',
}

/** The text of docs/troubleshooting.md with what is known of the reasons of reservations, and of the gateway's own. */
export function withExplanations(page: string): string {
  const reasons = explainedReasons.map((reason) => {
    const { phase, means, remedy } = reasonExplanations[reason]
    const more = moreOf[reason] ? `; see [below](#${moreOf[reason]})` : ''
    return `| ${phase} | \`${reason}\` | ${means} | ${remedy}${more} |\n`
  })
  const kinds = (Object.keys(problemKinds) as ProblemKind[]).map((kind) => {
    const { means, remedy } = kindExplanations[kind]
    return `| ${problemKinds[kind].status} | \`${kind}\` | ${means} | ${remedy} |\n`
  })
  const withRows = (text: string, heading: RegExp, rows: readonly string[]) =>
    replaced(text, heading, (_, head) => head + rows.join(''))
  const orders = (Object.keys(orderExplanations) as ExplainedOrderReason[]).map((reason) => {
    const { phase, means, remedy } = orderExplanations[reason]
    return `| ${phase} | \`${reason}\` | ${means} | ${remedy} |\n`
  })
  const told = withRows(page, /^()(## A reservation\n[\s\S]*?\n\| --- .*\n)(?:\|.*\n)+/m, reasons)
  const more = withRows(told, /^()(## An order\n[\s\S]*?\n\| --- .*\n)(?:\|.*\n)+/m, orders)
  return withRows(more, /^()(## A call to the gateway\n[\s\S]*?\n\| --- .*\n)(?:\|.*\n)+/m, kinds)
}

function replaced(text: string, place: RegExp, by: (indent: string, head: string) => string): string {
  if (!place.test(text)) throw new Error(`no list of reasons at ${place}`)
  return text.replace(place, (_, indent: string, head: string) => by(indent, head))
}

const whose = {
  terms: "the stock's terms",
  books: 'what is out already',
  time: 'its time',
  client: 'its client',
  operator: 'the operator',
} as const
const fates = { undecided: 'not decided yet', waits: 'in line', has: 'has its units', over: 'over, for good' } as const

/** What each reason of a reservation and of a stock is, for those who read statuses, events and metrics. */
export function reasonsPage(): string {
  const rows = reasonNames.map((reason) => {
    const { text, by, fate, limit } = recordOf(reason)
    return `| \`${reason}\` | ${fates[fate]} | ${whose[by]} | ${limit ? `\`spec.${limit.field}\`` : ''} | ${text} |`
  })
  const stocks = Object.entries(readyReasons).map(([reason, record]) => {
    const page = 'runbook' in record ? `[${record.runbook}](../runbooks/${record.runbook}.md)` : ''
    return `| \`${reason}\` | \`${record.shows}\` | ${record.means} | ${page} |`
  })
  return `# Reasons

Closed lists, the same in statuses, conditions, events and metrics. Made from the code by \`npm run generate\`; what to do about each is in [troubleshooting](../troubleshooting.md).

## Of a reservation

\`status.reason\`. The message says it in a sentence, with numbers where there are blanks here.

| reason | how it stands | whose doing | term of the stock | message |
|---|---|---|---|---|
${rows.join('\n')}

## Of a stock that is not Ready

The reason of its condition \`Ready\`; beside it, how [a look inside](../troubleshooting.md#looking-inside) and \`kbnt_stock_mode\` show it.

| reason | shown as | what it means | what to do |
|---|---|---|---|
${stocks.join('\n')}
`
}

async function rewrite(path: string, change: (text: string) => string): Promise<void> {
  const file = join(projectDirectory, path)
  await writeFile(file, change(await readFile(file, 'utf8')))
}

if (import.meta.main) {
  await rewrite('crds/reservations.kbnt.io.yaml', (yaml) => withReasons(yaml, reasonNames))
  await rewrite('crds/vrequests.kbnt.io.yaml', (yaml) => withReasons(yaml, requestReasonNames))
  await rewrite('crds/orders.kbnt.io.yaml', (yaml) => withReasons(yaml, orderReasonNames))
  await rewrite('config/events/definitions.v1.schema.json', withEventReasons)
  await rewrite('config/openapi.yaml', withProblemReasons)
  await rewrite('docs/troubleshooting.md', withExplanations)
  await writeFile(join(projectDirectory, 'docs/reference/reasons.md'), reasonsPage())
}
