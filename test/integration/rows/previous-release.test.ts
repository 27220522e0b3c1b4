import assert from 'node:assert/strict'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'rows-previous'

/** What this file takes away of the schema, as far as it concerns us. */
interface Schema {
  readonly properties: Record<string, Schema>
  'x-kubernetes-validations'?: { rule: string }[]
}
interface Definition {
  readonly spec: { readonly versions: { readonly schema: { readonly openAPIV3Schema: Schema } }[] }
}

/**
 * A release from before there was `spec.ledger`: what it makes of a stock is what this one makes of the same object without
 * that field, for nothing else in it has changed since. So this one is run without databases, with the schema of then, by
 * which the API server drops the field from whatever it reads; its rules are gone with it, so that the mark of the object
 * alone is what keeps books from being sold twice.
 */
describe('a stock whose books are rows, and a release that knows nothing of these', function () {
  this.timeout(120_000)
  let apiServer: ApiServer
  let shop: ObservedNamespaces
  let database: RowDatabase
  let present: OperatorProcess
  let previous: OperatorProcess

  before(async () => {
    const postgres = await testbed().ownPostgres()
    apiServer = await testbed().ownApiServer()
    shop = await observedNamespaces(apiServer.kubeconfigPath, [namespace])
    const common = { kubeconfigPath: apiServer.kubeconfigPath, namespaces: [namespace] } as const
    const databases = { default: { url: postgres.url, allowUnencrypted: true, durability: 'local' } }
    present = operatorProcess({ ...common, settings: { databases } })
    previous = operatorProcess(common)
    await present.start()
    database = await rowDatabase(postgres.url)
  })
  after(async () => {
    await Promise.all([present?.dispose(), previous?.dispose()])
    await database?.close()
    await shop?.close()
  })

  const readyOf = (stock: VirtualStock | undefined) => stock?.status?.conditions?.find(({ type }) => type === 'Ready')
  const untilReason = (name: string, reason: string) =>
    shop.stocks.until(`${namespace}/${name}`, (stock) => readyOf(stock)?.reason === reason, 40_000)

  /** The stored definition as it was before there were ledgers to choose from. */
  async function schemaOfThen(): Promise<void> {
    const kubectl = testbed().kubectlOf(apiServer)
    const name = 'customresourcedefinitions.apiextensions.k8s.io/virtualstocks.kbnt.io'
    const { stdout } = await kubectl(['get', name, '-o', 'json'])
    const definition = JSON.parse(stdout) as Definition
    for (const { schema } of definition.spec.versions) {
      const { properties, ...root } = schema.openAPIV3Schema
      const { spec, status } = properties as { spec: Schema; status: Schema }
      delete spec.properties.ledger
      delete status.properties.ledger?.properties.kind
      for (const part of [schema.openAPIV3Schema, root as Schema, spec, status]) {
        const rules = part['x-kubernetes-validations']
        if (rules) part['x-kubernetes-validations'] = rules.filter(({ rule }) => !rule.includes('ledger.?kind'))
      }
    }
    const answer = await kubectl(['replace', '-f', '-'], definition)
    assert.equal(answer.code, 0, answer.stderr)
    await until('a schema without ledgers', 30_000, async () => {
      const { stdout: kept } = await kubectl(['-n', namespace, 'get', 'vstk', '-o', 'json'])
      return kept.includes('"Postgres"') ? undefined : true
    })
  }

  it('is lost to that one, which sells nothing of it, sold before or not; one of the cluster beside it is served', async () => {
    await shop.createStock('sold', { quantity: 20, ledger: { kind: 'Postgres' } })
    await shop.createStock('fresh', { quantity: 20, ledger: { kind: 'Postgres' } })
    await shop.createStock('plain', { quantity: 5 })
    const { metadata } = (await untilReason('sold', 'Open')) as VirtualStock
    await untilReason('fresh', 'Open')
    const order = anOrder([[metadata.uid ?? '', 8]], { about: { namespace } })
    assert.equal(standing(await rowLedger(database.books).order(order)).phase, 'Reserved')
    await shop.untilStock('sold', ({ status }) => status?.reserved === 8)
    await present.stop()
    await schemaOfThen()
    await shop.close() // its watches end with the schema
    shop = await observedNamespaces(apiServer.kubeconfigPath, [namespace])
    await previous.start()
    await shop.reserve('one', { sold: 1 })
    await shop.reserve('two', { fresh: 1 })
    await shop.reserve('three', { plain: 1 })
    await untilReason('sold', 'StatusLost')
    await untilReason('fresh', 'StatusLost')
    await shop.untilPhase('three', 'Reserved')
    for (const name of ['one', 'two']) {
      const answer = shop.reservations.latest(`${namespace}/${name}`)?.status
      assert.ok(answer?.phase === undefined || answer.phase === 'Pending', `${name}: ${answer?.phase}`)
    }
    const told = previous.events().filter(({ key }) => key.includes('one') || key.includes('two'))
    assert.deepEqual(told, [])
    const { reserved, confirmed } = shop.stocks.latest(`${namespace}/sold`)?.status ?? {}
    assert.deepEqual([reserved, confirmed], [8, 0])
  })
})
