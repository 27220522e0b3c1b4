import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { settledReport } from './audit/settled-report.ts'
import { badUsage } from './command-line.ts'
import { eventCounts } from './quickstart/event-counts.ts'
import { type Caller, callerOf, callsToTry, type Heeded, holdOverHttp, orderOverHttp } from './quickstart/http-door.ts'
import { logTail } from './quickstart/log-tail.ts'
import { takeOrders } from './quickstart/orders.ts'
import { DEAD_LETTERS, playRequests } from './quickstart/request-desk.ts'
import { bridgeCallsToTry, openBridge, playBridge } from './quickstart/rest-bridge.ts'
import { openShop, type ShopFloor } from './quickstart/shop-floor.ts'
import { type Story, tellStory } from './quickstart/story.ts'
import { openTickets, sellTickets } from './quickstart/tickets.ts'
import { type Wishes, wishesFrom } from './quickstart/wishes.ts'
import { type TerminalSteps, terminalSteps } from './terminal-steps.ts'
import { findOnPath } from './testbed/run-program.ts'

const SHOP = 'shop'
const MACHINES = 'machines'
const EXPECTED_WITHIN_MS = 90_000
const SETTLED_WITHIN_MS = 30_000
const LOOK_MS = 500
/** What shells say of a program that was interrupted. */
const INTERRUPTED = 130

const ends: (() => Promise<void>)[] = []
let isInterrupted = false
function stopSoon(): void {
  console.log('\nStopping …')
  isInterrupted = true
  interrupted.resolve()
}

const interrupted = Promise.withResolvers<void>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stopSoon)

// not exitCode: a server that is still starting when Ctrl-C comes would keep us, and it ends with us
process.exit(await main(process.argv.slice(2)))

async function main(argv: readonly string[]): Promise<number> {
  const wishes = wishesFrom(argv)
  const { once, withKafka } = wishes
  const directory = await ownDirectory()
  try {
    return await Promise.race([show(directory, wishes), interrupted.promise.then(() => (once ? INTERRUPTED : 0))])
  } catch (error) {
    await tellFailure(error, join(directory, 'operator.log'), withKafka)
    return 1
  } finally {
    await end()
  }
}

/** Ends the process where there can be none. */
async function ownDirectory(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'kbnt-quickstart-'))
  } catch (error) {
    return badUsage('', `there can be no folder in ${tmpdir()}, which TMPDIR may name: ${reasonOf(error)}`)
  }
}

async function show(directory: string, { once, withKafka, bridgePort }: Wishes): Promise<number> {
  console.log('KBNT Operator quickstart')
  const steps = untilInterrupted(terminalSteps(process.stdout))
  await steps.run({ doing: `Node ${process.versions.node}, dependencies`, run: () => Promise.resolve() })
  const shop = await openShop({
    directory,
    withKafka,
    steps,
    environment: process.env,
    onEnd: (stop) => ends.push(stop),
  })
  const bridgeUrl = bridgePort === undefined ? undefined : await openBridge(shop, bridgePort, steps)
  const gone = operatorGone(shop)
  const story = await Promise.race([named('the shop', playShop(shop)), gone])
  await Promise.race([named('the machines', playMachines(shop)), gone])
  if (shop.postgresUrl !== undefined) await Promise.race([named('the tickets', playTickets(shop, story)), gone])
  await Promise.race([named('the orders', playOrders(shop)), gone])
  const caller = await Promise.race([named('the gateway', playGateway(shop)), gone])
  const { brokers } = shop
  if (brokers === undefined) console.log('Machines by messages: left out, for events go to the log\n')
  else await Promise.race([named('the requests', playDesk(shop, brokers)), gone])
  if (bridgeUrl !== undefined) await Promise.race([named('the bridge', playMessages(bridgeUrl)), gone])
  const good = await Promise.race([named('closing the books', closeBooks(shop)), gone])
  if (once) return good ? 0 : 1
  await tellHowToPlayOn(shop, caller, bridgeUrl)
  await Promise.race([interrupted.promise, gone])
  return 0
}

/** The same, but what has not begun by then never does: nobody would end it. */
function untilInterrupted(steps: TerminalSteps): TerminalSteps {
  return { run: (step) => (isInterrupted ? new Promise(() => undefined) : steps.run(step)) }
}

/** Rejects when the operator ends by itself. */
async function operatorGone({ operator }: ShopFloor): Promise<never> {
  while (operator.pid() !== undefined) await pause(LOOK_MS)
  throw new Error('the operator ended by itself')
}

/** The same, but its error says in which step. */
async function named<T>(step: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new Error(`${step}: ${reasonOf(error)}`)
  }
}

async function playShop(shop: ShopFloor): Promise<Story> {
  console.log('\nA shop with three products opens (config/samples/shop):')
  const story = await openNamespace(shop, SHOP)
  await shop.apply('shop')
  await story.untilExpected(EXPECTED_WITHIN_MS)
  await shop.apply('shop/later')
  await story.untilExpected(EXPECTED_WITHIN_MS)
  console.log(`\n${(await shop.show(['get', 'virtualstocks,reservations', '-n', SHOP])).trimEnd()}`)
  return story
}

async function playMachines(shop: ShopFloor): Promise<void> {
  console.log('\nA pool of 8 vCPU, 32 GiB of memory and 500 GiB of disk takes machines (config/samples/machines):')
  const story = await openNamespace(shop, MACHINES)
  for (const file of ['10-pool', '20-web-1', '21-web-2']) await shop.apply(`machines/${file}.yaml`)
  await story.untilExpected(EXPECTED_WITHIN_MS) // first come, first served: the third is to find the pool short
  await shop.apply('machines')
  await story.untilExpected(EXPECTED_WITHIN_MS)
  for (const kind of ['virtualstocks', 'vmachines']) // together, kubectl prints names of machines that it can't resolve
    console.log(`\n${(await shop.show(['get', kind, '-n', MACHINES])).trimEnd()}`)
  console.log()
}

async function playTickets(shop: ShopFloor, story: Story): Promise<void> {
  console.log('Tickets go on sale, with their books in PostgreSQL (config/samples/tickets):')
  await openTickets(shop)
  await story.untilExpected(EXPECTED_WITHIN_MS)
  console.log()
}

/** Five customers, of whom one comes to the end that all want. */
async function playOrders(shop: ShopFloor): Promise<void> {
  console.log('Orders are paid at a stand-in for a payment provider (config/samples/orders):')
  console.log(`\n${await takeOrders(shop)}\n`)
}

/** A web shop holds over HTTP what the others hold by kubectl. */
async function playGateway(shop: ShopFloor): Promise<Caller> {
  console.log('A web shop with a token of its own calls the gateway (config/samples/gateway):')
  await shop.apply('gateway')
  const token = await shop.show(['create', 'token', 'checkout', '-n', SHOP, '--duration', '8h'])
  const caller = await callerOf(shop.directory, await shop.gateway.url(), token)
  tellCall('stocks/gift-card/reserve', await holdOverHttp(caller, 'gift-card', { key: 'order-2001', quantity: 2 }))
  tellCall('orders', { text: await orderOverHttp(caller, 'order-2006') })
  if (shop.postgresUrl !== undefined) console.log(`\n${await sellTickets(shop, caller, tellCall)}`)
  console.log()
  return caller
}

/** Machines by message, from POST to Completed. */
async function playDesk(shop: ShopFloor, brokers: string): Promise<void> {
  console.log('Machines are asked for by messages, over HTTP and by Kafka (config/samples/requests):')
  await playRequests(shop, brokers, (line) => console.log(`  ${line}`))
  console.log()
}

/** Kafka without a client of Kafka. */
async function playMessages(bridgeUrl: string): Promise<void> {
  console.log('Messages are sent and read over HTTP, by a stand-in for the Kafka Bridge:')
  await playBridge(bridgeUrl, (line) => console.log(`  ${line}`))
  console.log()
}

function tellCall(path: string, { text }: Pick<Heeded, 'text'>): void {
  console.log(`  POST ${`…/${path}`.padEnd(34)} ${text}`)
}

async function openNamespace(shop: ShopFloor, namespace: string): Promise<Story> {
  await shop.apply(`${namespace}/00-namespace.yaml`)
  const story = await tellStory(shop.kubeconfigPath, namespace, (line) => console.log(line))
  ends.push(story.stop)
  return story
}

/** Waits until everything is told and delivered, and compares. */
async function closeBooks(shop: ShopFloor): Promise<boolean> {
  const kafkaBrokers = shop.brokers === undefined ? [] : [shop.brokers]
  const postgres = shop.postgresUrl === undefined ? {} : { postgres: { url: shop.postgresUrl } }
  const sources = { kubeconfig: shop.kubeconfigPath, kafkaBrokers, auditTopic: 'stock-audit-logs', ...postgres }
  const report = await settledReport(sources, SETTLED_WITHIN_MS)
  if (shop.brokers !== undefined) console.log(`${await eventCounts(shop.brokers)} (lag ${report.unfinished})`)
  for (const { about, message } of report.findings) console.log(`  ✗ ${about}: ${message}`)
  const good = report.findings.length === 0 && report.unfinished === 0
  const events = shop.brokers === undefined ? '' : `, ${report.events} events`
  const outcome = good
    ? 'nothing missing'
    : `${report.findings.length} findings, ${report.unfinished} entries and steps unfinished`
  const counts = `${report.stocks} stocks, ${report.reservations} reservations, ${report.machines} machines${events}`
  console.log(`Books ${good ? 'closed' : 'do not close'}: ${counts}, ${outcome}.`)
  return good
}

async function tellHowToPlayOn(shop: ShopFloor, caller: Caller, bridgeUrl: string | undefined): Promise<void> {
  const kubectl = (await findOnPath('kubectl', process.env)) ? 'kubectl' : shop.kubectl
  const brokers = shop.brokers === undefined ? '' : ` KBNT_KAFKA_BROKERS=${shop.brokers}`
  const postgres = shop.postgresUrl === undefined ? '' : ` KBNT_POSTGRES_URL=${shop.postgresUrl}`
  const letters = shop.brokers === undefined ? '' : `     npm run dead-letters -- list --topic ${DEAD_LETTERS}`
  const bridge =
    bridgeUrl === undefined ? '' : `\nand Kafka over HTTP (docs/guide/kafka.md):\n${bridgeCallsToTry(bridgeUrl)}`
  console.log(`
Play on, in another terminal:
  export KUBECONFIG=${shop.kubeconfigPath}${brokers}${postgres}
  ${kubectl} get vstk,rsv -n ${SHOP}     ${kubectl} describe rsv order-1002 -n ${SHOP}     npm run audit
  ${kubectl} get vmach -n ${MACHINES} -o wide     ${kubectl} delete vmach/web-1 vmach/web-2 -n ${MACHINES}   # batch-1 takes their place
  ${kubectl} get vreq,orders.kbnt.io -A${letters}
and over HTTP (docs/guide/gateway.md), in a browser at ${new URL('/docs', caller.url).href} or by
${callsToTry(caller)}${bridge}
Next: docs/guide/first-ten-minutes.md. Stop with Ctrl-C. A namespace that you delete here stays Terminating: there is nobody to empty it.`)
}

async function tellFailure(error: unknown, logPath: string, withKafka: boolean): Promise<void> {
  console.error(`\nThe quickstart did not come to its end: ${reasonOf(error)}`)
  const tail = logTail(await readFile(logPath, 'utf8').catch(() => ''))
  if (tail !== '') console.error(`\nThe operator's log ends with:\n${tail}`)
  const withoutJava = withKafka ? ' `npm run quickstart -- --events=log` needs no Java;' : ''
  console.error(`\nWhat to try: run it again;${withoutJava} docs/troubleshooting.md`)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function end(): Promise<void> {
  for (const stop of ends.splice(0).reverse()) await stop().catch(() => undefined)
}
