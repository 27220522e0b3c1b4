import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { reasonsPage, withEventReasons, withReasons } from '../../../../hack/generate-reasons.ts'
import { messageAfter } from '../../../../operator/domain/reservation/message.ts'
import { reasonNames, recordOf } from '../../../../operator/domain/reservation/reasons.ts'
import { anEntry, aReservation, grinder } from '../../../fixtures/builders.ts'

const project = join(import.meta.dirname, '../../../..')
const read = (path: string) => readFileSync(join(project, path), 'utf8')
const crd = 'crds/reservations.kbnt.io.yaml'
const definitions = 'config/events/definitions.v1.schema.json'

describe('the reasons of reservations', () => {
  it('are those that the schema of a reservation takes, so that each can be told', () => {
    const [version] = parse(read(crd)).spec.versions
    assert.deepEqual(version.schema.openAPIV3Schema.properties.status.properties.reason.enum, reasonNames)
  })

  it('are those that the schema of an event takes, but for those that no event has', () => {
    const { reason } = JSON.parse(read(definitions)).$defs
    const silent = reasonNames.filter((name) => !reason.enum.includes(name))
    assert.deepEqual(silent, ['Reserved', 'Confirmed', 'StockBusy'])
    assert.deepEqual(
      reason.enum.filter((name: string) => !reasonNames.some((known) => known === name)),
      [],
    )
  })

  it('are written into a schema where one is missing, and change nothing else', () => {
    assert.equal(withReasons(read(crd).replace(/ +- StockGone\n/, ''), reasonNames), read(crd))
    assert.equal(withEventReasons(read(definitions).replace(/ +"StockGone",\n/, '')), read(definitions))
    assert.throws(() => withReasons('spec: {}', reasonNames), /no list of reasons/)
  })

  it('are on their page as the code has them', () => {
    assert.equal(read('docs/reference/reasons.md'), reasonsPage())
  })

  for (const reason of reasonNames)
    it(`has a sentence without a blank left for ${reason}`, () => {
      const entry = anEntry({ verb: 'Refuse', reason })
      const facts = { reservation: aReservation(), home: grinder, consumed: true }
      if (recordOf(reason).fate === 'has') return assert.match(recordOf(reason).text, /^\{what\}/) // no refusal says it
      const message = messageAfter(entry, facts, undefined)
      assert.match(message, /\w{3}/)
      assert.doesNotMatch(message, /[{}]|undefined/)
    })

  it('name a term that stocks have, where they speak of one', () => {
    const [version] = parse(read('crds/virtualstocks.kbnt.io.yaml')).spec.versions
    const fields = reasonNames.flatMap((reason) => recordOf(reason).limit?.field ?? [])
    assert.ok(fields.length > 5)
    for (const field of fields) {
      const schema = field
        .split('.')
        .reduce((node, name) => node?.properties?.[name], version.schema.openAPIV3Schema.properties.spec)
      assert.ok(schema?.description, field)
    }
  })

  it('are named by nobody who is not in the list', () => {
    const given = /reason: '([A-Z]\w+)'/g
    const sources = ['operator/domain/stock/*.ts', 'operator/domain/reservation/*.ts']
    const named = globSync(sources, { cwd: project }).flatMap((path) => [...read(path).matchAll(given)])
    const unknown = named.map(([, name]) => name).filter((name) => !reasonNames.some((known) => known === name))
    assert.ok(named.length > 0)
    assert.deepEqual(unknown, [])
  })
})
