import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type TcpProxy, tcpProxy } from '../../fakes/tcp-proxy.ts'
import { auditRows } from '../../fixtures/audit-rows.ts'
import { createMachine, createPoolStock, untilMachine } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'rows-objects'
const ledger = { kind: 'Postgres' }

describe('Reservation objects of stocks whose books are rows', function () {
  this.timeout(60_000)
  let wire: TcpProxy
  let database: RowDatabase
  let shop: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath } = testbed()
    const { url } = await testbed().ownPostgres()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    wire = await tcpProxy(Number(new URL(url).port))
    const byWire = new URL(url)
    byWire.port = `${wire.port}`
    const settings = { allowUnencrypted: true, durability: 'local' }
    operator = operatorProcess({
      kubeconfigPath,
      namespaces: [namespace],
      settings: { databases: { default: { url, ...settings }, far: { url: byWire.href, ...settings } } },
    })
    await operator.start()
    database = await rowDatabase(url)
  })
  after(async () => {
    await operator?.dispose()
    await database?.close()
    await wire?.close()
    await shop?.close()
  })

  const isOpen = (name: string) =>
    shop.untilStock(name, ({ status }) => status?.conditions?.some(({ reason }) => reason === 'Open') ?? false)
  const anOpenStock = async (name: string, spec: object = {}) => {
    await shop.createStock(name, { quantity: 5, ledger, ...spec })
    return isOpen(name)
  }
  const inRows = async (stock: string) => {
    const rows = await database.rows()
    assert.deepEqual(auditRows({ ...rows, entries: [], stocks: [] }), [])
    const row = rows.stocks.find(({ name }) => name === stock)
    return [row?.balances.reserved, row?.balances.confirmed]
  }
  const untilRows = (stock: string, want: readonly number[]) =>
    until(`${stock}: ${want}`, 30_000, async () => `${await inRows(stock)}` === `${want}` || undefined)

  it('are held, shown, sold and given back as all others', async () => {
    const { metadata } = await anOpenStock('bean', { price: { amount: '2.50', currency: 'EUR' } })
    const yaml = `apiVersion: kbnt.io/v1beta1
kind: Reservation
metadata: { namespace: ${namespace}, name: breakfast }
spec: { items: [{ stock: bean, quantity: 2 }], consumer: ana, requestId: r-1, ttl: 15m }`
    const applied = await testbed().kubectl(['apply', '-f', '-'], yaml)
    assert.equal(applied.code, 0, applied.stderr)
    const held = await shop.untilPhase('breakfast', 'Reserved')
    const [item] = held.status?.items ?? []
    assert.deepEqual([item?.stockUID, item?.quantity, item?.unitPrice?.amount], [metadata.uid, 2, '2.50'])
    const shown = await testbed().kubectl(['-n', namespace, 'get', 'reservations', 'breakfast', '--no-headers'])
    assert.match(shown.stdout, /^breakfast +bean×2 +ana +Reserved +Reserved +\S+Z /)
    assert.deepEqual(await inRows('bean'), [2, 0])
    await shop.patchReservation('breakfast', { state: 'Confirmed' })
    await shop.untilPhase('breakfast', 'Confirmed')
    await shop.untilStock('bean', ({ status }) => status?.confirmed === 2)
    await shop.patchReservation('breakfast', { state: 'Released' })
    await shop.untilPhase('breakfast', 'Released', 'ReleasedByClient')
    assert.deepEqual(await inRows('bean'), [0, 0])
  })

  it('are refused with a sentence, by the books or before them', async () => {
    await anOpenStock('lentil', { limits: { perReservation: 4 } })
    await shop.createStock('plain', { quantity: 5 })
    await shop.reserve('many', { lentil: 5 })
    await shop.reserve('patient', { lentil: 1 }, { waitFor: '10m' })
    await shop.reserve('mixed', { lentil: 1, plain: 1 })
    const many = await shop.untilPhase('many', 'Rejected', 'LimitPerReservation')
    assert.match(many.status?.message ?? '', /at most 4$/)
    const patient = await shop.untilPhase('patient', 'Rejected', 'NoWaitlist')
    assert.match(patient.status?.message ?? '', /waitFor of 10m .* set waitFor to 0s$/)
    const mixed = await shop.untilPhase('mixed', 'Rejected', 'LedgersDiffer')
    assert.match(mixed.status?.message ?? '', /lentil in database default, plain in the cluster/)
    await shop.untilEvent('mixed', 'LedgersDiffer')
  })

  it('give back what they hold when their time is up, or when they are deleted', async () => {
    await anOpenStock('rice')
    await shop.reserve('short', { rice: 1 }, { ttl: '2s' })
    await shop.reserve('deleted', { rice: 3 })
    await shop.reserve('sold', { rice: 1 }, { state: 'Confirmed' })
    await shop.untilPhase('deleted', 'Reserved')
    await shop.untilPhase('sold', 'Confirmed')
    await shop.deleteReservation('deleted')
    await shop.deleteReservation('sold')
    await shop.untilPhase('short', 'Expired', 'HoldExpired')
    await untilRows('rice', [0, 1])
  })

  it('lose nothing with their leader: a confirm that came meanwhile counts, and what was deleted is given back', async () => {
    await anOpenStock('oat')
    for (const name of ['confirmed', 'deleted-meanwhile', 'over']) await shop.reserve(name, { oat: 1 }, { ttl: '10s' })
    await shop.reserve('long', { oat: 1 })
    for (const name of ['confirmed', 'deleted-meanwhile', 'over', 'long']) await shop.untilPhase(name, 'Reserved')
    await operator.kill()
    await shop.patchReservation('confirmed', { state: 'Confirmed' })
    await shop.deleteReservation('deleted-meanwhile')
    await shop.deleteReservation('long')
    await sleep(11_000)
    await operator.start()
    await shop.untilPhase('confirmed', 'Confirmed')
    await shop.untilPhase('over', 'Expired')
    await untilRows('oat', [0, 1])
  })

  it('say within seconds that their database does not answer, while others are served', async () => {
    await anOpenStock('far', { ledger: { ...ledger, database: 'far' } })
    await anOpenStock('near')
    await shop.createStock('cluster', { quantity: 5 })
    wire.freeze()
    await shop.reserve('waits', { far: 1 })
    await shop.reserve('served', { near: 1 })
    await shop.reserve('served-too', { cluster: 1 })
    await shop.untilPhase('served', 'Reserved')
    await shop.untilPhase('served-too', 'Reserved')
    const waits = await shop.untilPhase('waits', 'Pending', 'StockBusy')
    assert.match(waits.status?.message ?? '', /database far/)
    wire.thaw()
    wire.cut()
    await shop.untilPhase('waits', 'Reserved')
    await untilRows('far', [1, 0])
  })

  it('are the capacity of machines that do not wait', async () => {
    for (const resource of ['cpu', 'memory', 'disk'])
      await createPoolStock(shop, namespace, { pool: 'east', resource, quantity: 4, ledger })
    await isOpen('east-cpu')
    await createMachine(shop, { namespace, name: 'web' }, { pool: 'east', waitFor: '0s' })
    await createMachine(shop, { namespace, name: 'patient' }, { pool: 'east' })
    await untilMachine(shop, `${namespace}/web`, ['Running'])
    const failed = await untilMachine(shop, `${namespace}/patient`, ['Failed', 'NoWaitlist'])
    assert.match(failed.status?.message ?? '', /set waitFor to 0s/)
    assert.deepEqual(await inRows('east-cpu'), [0, 1])
    await shop.clients.machines.delete(namespace, 'web')
    await untilRows('east-cpu', [0, 0])
  })
})
