import { auditBooks, auditReservations, type StockBooks } from '../../operator/application/audit/audit-books.ts'
import { auditEvents, auditRowEvents, auditStepEvents } from '../../operator/application/audit/audit-events.ts'
import { auditCapacity, auditMachines, type MachineBooks } from '../../operator/application/audit/audit-machines.ts'
import { auditOrderStock, auditOrders, type OrderBooks } from '../../operator/application/audit/audit-orders.ts'
import { auditLoneRows, auditRows } from '../../operator/application/audit/audit-rows.ts'
import type { EventsFound } from '../../operator/application/audit/audit-sequence.ts'
import type { Finding } from '../../operator/application/audit/finding.ts'
import type { StoredStock } from '../../operator/application/ledger/stock-ledger.ts'
import type { Machine } from '../../operator/domain/machine/machine.ts'
import { machineWants } from '../../operator/domain/machine/wants.ts'
import type { Gathered } from './gather.ts'

export interface AuditReport {
  readonly lines: readonly string[]
  readonly findings: readonly Finding[]
  readonly stocks: number
  readonly reservations: number
  readonly machines: number
  readonly orders: number
  /** Events found on the topic. */
  readonly events: number
  /** Entries and steps that are decided and not yet told or delivered. */
  readonly unfinished: number
  /** Stocks whose books are in a database that was not looked at. */
  readonly unseen: number
  /** Orders whose payment provider was not asked. */
  readonly uncompared: number
  /** Stocks, machines and orders that changed while they were looked at, and so were not judged. */
  readonly moved: number
}

/** A spool may be this old before it counts as left behind: Kafka may only just be back. */
const SPOOL_LEFT_MS = 60_000

/** What was found of one stock, machine or order. */
interface Judged {
  readonly namespace: string
  readonly line: string
  readonly findings: readonly Finding[]
  readonly unfinished: number
  /** Undefined when Kafka was not asked. */
  readonly events: EventsFound | undefined
  /** It has changed while it was looked at: what was found of it says nothing. */
  readonly moved: boolean
}

/** Judges what was gathered, and says it a line for each stock, each machine and each order. */
export function auditReport(gathered: Gathered, now: number): AuditReport {
  const meant = ({ namespace }: { readonly namespace: string }) => (gathered.namespace ?? namespace) === namespace
  const inCluster = auditBooks({ ...gathered, now }).map((books) => judgedStock(books, gathered))
  const stocks = [...inCluster, ...judgedRows(gathered)]
  const machines = auditMachines({ ...gathered, now }).map((books) => judgedMachine(books, gathered))
  const orderBooks = auditOrders({ ...gathered, now }).filter(({ order }) => meant(order))
  const orders = orderBooks.map((books) => judgedOrder(books, gathered))
  const judged = [...[...stocks, ...machines].filter(meant), ...orders]
  const elsewhere = [
    ...auditReservations({ ...gathered, now }),
    ...(gathered.rows ? auditLoneRows({ ...gathered, facts: gathered.rows }, gathered.namespace) : []),
    ...auditCapacity({ ...gathered, machineReservations: gathered.machineReservations.filter(meant) }),
    ...auditOrderStock({ ...gathered, orderReservations: gathered.orderReservations.filter(meant) }),
    ...spoolsLeft(gathered, now),
  ]
  const unseen = gathered.stocks.filter((stock) => meant(stock) && isUnseen(stock, gathered)).length
  return {
    lines: [
      ...linesOf(judged),
      ...elsewhere.map(({ about, message }) => `${about} ${message}  ✗`),
      ...(unseen > 0 ? [unseenText(unseen, gathered)] : []),
    ],
    findings: [...judged.flatMap(({ findings }) => findings), ...elsewhere],
    stocks: stocks.filter(meant).length,
    reservations: gathered.reservations.filter(meant).length,
    machines: machines.filter(meant).length,
    orders: orders.length,
    uncompared: orderBooks.filter(({ compared }) => !compared).length,
    events: judged.reduce((sum, { events }) => sum + (events?.delivered ?? 0), 0),
    unfinished: judged.reduce((sum, { unfinished }) => sum + unfinished, 0),
    unseen,
    moved: judged.filter(({ moved }) => moved).length,
  }
}

/** By namespace; in each the stocks first. */
function linesOf(judged: readonly Judged[]): string[] {
  const byNamespace = Map.groupBy(judged, ({ namespace }) => namespace)
  return [...byNamespace.keys()].sort().flatMap((namespace) => [
    `namespace ${namespace}`,
    ...(byNamespace.get(namespace) ?? []).flatMap(({ line, findings, moved }) => {
      const mark = moved ? 'changes too fast to be judged' : findings.length === 0 ? '✓' : '✗'
      return [`  ${line}  ${mark}`, ...findings.map(({ message }) => `    ${message}  ✗`)]
    }),
  ])
}

function judgedStock(books: StockBooks, { events, spools, moved }: Gathered): Judged {
  const { stock, unfinished } = books
  const own = spools.filter(({ stockUid }) => stockUid === stock.uid)
  const found = events && auditEvents(stock, events.get(stock.uid) ?? [], own)
  return {
    namespace: stock.namespace,
    line: stockLine(books) + topicText(found),
    ...judgement(books.findings, found, moved.has(stock.uid)),
    unfinished,
  }
}

/** What is read of rows is of one moment, so that they may change meanwhile. */
function judgedRows({ rows, stocks, moved, events }: Gathered): Judged[] {
  if (!rows) return []
  const byUid = new Map(rows.stocks.map((row) => [row.uid, row]))
  return auditRows({ facts: rows, stocks, moved }).map((books) => {
    const { stock, unfinished } = books
    const row = byUid.get(stock.uid)
    const found = events && row && auditRowEvents(row, events.get(stock.uid) ?? [])
    return {
      namespace: stock.namespace,
      line: stockLine(books) + topicText(found),
      ...judgement(books.findings, found, false),
      unfinished,
    }
  })
}

function isUnseen({ database }: StoredStock, { rows }: Gathered): boolean {
  return database !== undefined && database !== rows?.database
}

function unseenText(count: number, { rows }: Gathered): string {
  const which = `${count} ${count === 1 ? 'stock has its' : 'stocks have their'} books in`
  return rows
    ? `${which} databases of other names than ${rows.database}: not looked at`
    : `${which} a database: not looked at; --postgres URL does, for the database named default`
}

function judgedMachine(books: MachineBooks, { events, spools, moved }: Gathered): Judged {
  const { machine, unfinished } = books
  const own = spools.filter(({ stockUid }) => stockUid === machine.uid)
  const found = events && auditStepEvents(machine, events.get(machine.uid) ?? [], own)
  return {
    namespace: machine.namespace,
    line: machineLine(books) + topicText(found),
    ...judgement(books.findings, found, moved.has(machine.uid)),
    unfinished,
  }
}

function judgedOrder(books: OrderBooks, { events, spools, moved }: Gathered): Judged {
  const { order, unfinished } = books
  const own = spools.filter(({ stockUid }) => stockUid === order.uid)
  const isRestored = order.opened !== undefined && order.opened !== order.uid // what it told is under its first uid
  const found = isRestored ? undefined : events && auditStepEvents(order, events.get(order.uid) ?? [], own)
  return {
    namespace: order.namespace,
    line: orderLine(books) + topicText(found),
    ...judgement(books.findings, found, moved.has(order.uid)),
    unfinished,
  }
}

function judgement(findings: readonly Finding[], events: EventsFound | undefined, moved: boolean) {
  return { findings: moved ? [] : [...findings, ...(events?.findings ?? [])], events, moved }
}

function stockLine(books: StockBooks): string {
  const { stock, holds, unfinished } = books
  const kept = stock.database === undefined ? 'journal' : 'outbox'
  const journal = unfinished === 0 ? `${kept} empty` : `${kept} ${unfinished}`
  return `${stock.name.padEnd(20)} ${sumText(books)}   holds ${holds}   ${journal}`
}

/** Kept back is what is left of the safety stock, which may be more than exists. */
function sumText({ quantity, available, safetyStock, reserved, confirmed }: StockBooks): string {
  const out = `reserved ${reserved} + confirmed ${confirmed}`
  const keptBack = quantity - available - reserved - confirmed
  if (keptBack < 0) return `quantity ${quantity}, ${-keptBack} less than ${out}`
  const safety = keptBack === safetyStock ? `${keptBack}` : `${keptBack} (of ${safetyStock})`
  return `quantity ${quantity} = available ${available} + safety ${safety} + ${out}`
}

function machineLine({ machine, holds, unfinished }: MachineBooks): string {
  const phase = machine.status?.phase ?? 'new'
  const steps = unfinished === 0 ? 'steps told' : `unfinished ${unfinished}`
  return `${machine.name.padEnd(20)} ${phase.padEnd(12)} holds ${holds ? sizeOf(machine) : 'nothing'}   ${steps}`
}

function orderLine({ order, compared, unfinished }: OrderBooks): string {
  const { status, spec } = order
  const { amount, currency } = spec.payment.amount
  const steps = unfinished === 0 ? 'steps told' : `unfinished ${unfinished}`
  const payment = `payment ${status?.payment?.state ?? 'none'}${compared ? '' : ', not compared'}`
  return `${order.name.padEnd(20)} ${(status?.phase ?? 'new').padEnd(14)} ${amount} ${currency}   ${payment}   ${steps}`
}

function sizeOf({ spec }: Machine): string {
  return machineWants(spec)
    .map(({ quantity, unit }) => `${quantity} ${unit}`)
    .join(', ')
}

function topicText(events: EventsFound | undefined): string {
  return events ? `   events ${events.delivered}/${events.expected}` : ''
}

/** The spools that are judged: of a namespace those of its stocks, machines and orders; whose the others are nobody can tell. */
export function judgedSpools({ spools, namespace, stocks, machines, orders }: Gathered): Gathered['spools'] {
  if (namespace === undefined) return spools
  const own = new Set(
    [...stocks, ...machines, ...orders].filter((one) => one.namespace === namespace).map(({ uid }) => uid),
  )
  return spools.filter(({ stockUid }) => own.has(stockUid))
}

function spoolsLeft(gathered: Gathered, now: number): Finding[] {
  if (!gathered.events) return [] // without Kafka nobody can tell whether they could have been delivered
  return judgedSpools(gathered)
    .filter(({ createdAt }) => now - createdAt > SPOOL_LEFT_MS)
    .map(({ name, createdAt }) => ({
      about: name,
      message: `keeps events since ${new Date(createdAt).toISOString()} though Kafka answers`,
      runbook: 'events-spooled',
    }))
}
