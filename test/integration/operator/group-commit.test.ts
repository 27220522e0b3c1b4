import assert from 'node:assert/strict'
import { inFlight } from '../../fixtures/in-flight.ts'
import { note } from '../../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'operator-group-commit'
const RESERVATIONS = 1_000
const MOST_LEDGER_WRITES = 100
const SETS = 200
const IN_FLIGHT = 64

describe('group commit', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(90_000)
    const { kubeconfigPath } = testbed()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    const leaderElection = { leaseDuration: '15s', renewDeadline: '10s', retryPeriod: '2s' }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], settings: { leaderElection } })
    await operator.start()
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
  })

  const openStocks = async (...names: readonly string[]) => {
    for (const name of names) await shop.createStock(name, { quantity: 10_000 })
    for (const name of names) await untilFinished(name, 0)
  }
  const untilFinished = (name: string, reserved: number) =>
    shop.stocks.until(
      `${namespace}/${name}`,
      (stock) => stock?.status?.reserved === reserved && stock.status.ledger.pending?.length === 0,
      60_000,
    )
  const ledgerWrites = (...names: readonly string[]) =>
    sum(names.map((name) => shop.stocks.versions(`${namespace}/${name}`).length))
  /** Without what explains a long delay, which a busy machine may bring. */
  const statusWrites = (name: string) =>
    shop.reservations.versions(`${namespace}/${name}`).filter(({ status }) => status && status.reason !== 'StockBusy')
      .length

  it(`holds ${RESERVATIONS} reservations created at once with few ledger writes and one status write each`, async function () {
    this.timeout(120_000)
    await openStocks('popular')
    const before = ledgerWrites('popular')
    const names = Array.from({ length: RESERVATIONS }, (_, index) => `order-${index}`)
    const startedAt = performance.now()
    await inFlight(names, IN_FLIGHT, (name) => shop.reserve(name, { popular: 1 }))
    const createdIn = secondsSince(startedAt)
    await untilFinished('popular', RESERVATIONS)
    for (const name of names) await shop.untilPhase(name, 'Reserved') // the two watches need not keep step
    const finishedIn = secondsSince(startedAt)
    const ledger = ledgerWrites('popular') - before
    const told = names.map(statusWrites)
    note(
      `${RESERVATIONS} reservations on one stock: ${ledger} ledger writes, ${sum(told)} status writes ` +
        `(created in ${createdIn}, all held and the journal empty after ${finishedIn})`,
    )
    assert.deepEqual([Math.min(...told), Math.max(...told)], [1, 1])
    assert.ok(ledger <= MOST_LEDGER_WRITES, `${ledger} ledger writes`)
  })

  it(`holds ${SETS} reservations over two stocks, created at once, with one status write each`, async function () {
    this.timeout(120_000)
    await openStocks('left', 'right')
    const before = ledgerWrites('left', 'right')
    const names = Array.from({ length: SETS }, (_, index) => `pair-${index}`)
    const startedAt = performance.now()
    await inFlight(names, IN_FLIGHT, (name) => shop.reserve(name, { left: 1, right: 2 }))
    await untilFinished('left', SETS)
    await untilFinished('right', 2 * SETS)
    for (const name of names) await shop.untilPhase(name, 'Reserved')
    const finishedIn = secondsSince(startedAt)
    const ledger = ledgerWrites('left', 'right') - before
    const told = names.map(statusWrites)
    note(
      `${SETS} reservations over two stocks: ${ledger} ledger writes in all, ${sum(told)} status writes ` +
        `(finished after ${finishedIn})`,
    )
    assert.deepEqual([Math.min(...told), Math.max(...told)], [1, 1])
  })

  it('never shows a version of a stock that has more out than there is', () => {
    for (const { object } of shop.stocks.events) {
      const { reserved = 0, confirmed = 0 } = object.status ?? {}
      assert.ok(reserved + confirmed <= object.spec.quantity)
    }
  })
})

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`
}
