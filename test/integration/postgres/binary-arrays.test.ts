import assert from 'node:assert/strict'
import pg from 'pg'
import { binaryArray, type ColumnType } from '../../../operator/infrastructure/postgres/binary-arrays.ts'
import { testbed } from '../../fixtures/testbed.ts'

describe('An array in the binary format', () => {
  let client: pg.Client

  before(async function () {
    this.timeout(60_000)
    client = new pg.Client({ connectionString: (await testbed().ownPostgres()).url })
    await client.connect()
  })
  after(() => client.end())

  /** As the server reads it, each value as text. */
  async function read(type: ColumnType, values: readonly unknown[]): Promise<(string | null)[]> {
    const text = `SELECT n.value::text FROM unnest($1::${type}[]) WITH ORDINALITY AS n (value, at) ORDER BY n.at`
    const { rows } = await client.query<{ value: string | null }>({ text, values: [binaryArray(type, values)] })
    return rows.map(({ value }) => value)
  }

  const uid = '3ace89a0-63fc-4622-90ed-c7acecdb6164'
  const same = (values: readonly unknown[]) => values.map((value) => (value === null ? null : String(value)))
  const kinds: readonly (readonly [ColumnType, readonly unknown[]])[] = [
    ['uuid', [uid, null, '00000000-0000-0000-0000-000000000000']],
    ['text', ['', 'a "quoted", {braced} \\ text', null, 'größer 🎟', 'NULL']],
    ['int4', [0, -1, 2 ** 31 - 1, null]],
    ['int8', [0, -1, 1, 2 ** 32, -(2 ** 32) - 1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, null]],
    ['bool', [true, false, null]],
    ['jsonb', ['{"a": "ü"}', '[1, null]', null]],
  ]
  for (const [type, values] of kinds)
    it(`is read as what was given: ${type}`, async () => {
      assert.deepEqual(await read(type, values), same(values))
    })

  it('is read as what was given: times to the millisecond', async () => {
    await client.query("SET TIME ZONE 'UTC'")
    const times = [
      '1969-12-31 23:59:59.999+00',
      '2000-01-01 00:00:00+00',
      '2026-11-30 04:05:06.789+00',
      '9999-12-31 23:59:59.999+00',
    ]
    assert.deepEqual(await read('timestamptz', [...times.map((time) => Date.parse(time)), null]), [...times, null])
  })

  it('may be empty', async () => {
    assert.deepEqual(await read('uuid', []), [])
  })

  it('is refused by the server where its JSON is none', async () => {
    await assert.rejects(read('jsonb', ['{']), /invalid input syntax for type json/)
  })
})
