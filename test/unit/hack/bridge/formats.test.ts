import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  contentTypeOf,
  type Format,
  formatOf,
  formats,
  recordToSend,
  type StoredRecord,
  shownRecord,
} from '../../../../hack/bridge/formats.ts'

const stored = (part: Partial<StoredRecord>): StoredRecord => ({
  ...{ topic: 't', partition: 0, offset: '7', timestamp: '9', key: null, value: null, headers: [] },
  ...part,
})

/** What comes of a record that is sent and read in one format. */
function thereAndBack(format: Format, key: unknown, value: unknown) {
  const sent = recordToSend(format, { key, value })
  return shownRecord(format, stored({ key: sent.key, value: sent.value }))
}

describe('The formats of the bridge', () => {
  it('have a content type each', () => {
    for (const format of formats) assert.equal(formatOf(contentTypeOf(format)), format)
    assert.equal(formatOf('application/vnd.kafka.v2+json'), undefined)
  })

  it('give back what was sent', () => {
    const base64 = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64'))
    const given = { json: fc.jsonValue(), text: fc.string({ unit: 'grapheme' }), binary: base64 }
    for (const format of formats)
      fc.assert(
        fc.property(given[format], given[format], (key, value) => {
          const shown = thereAndBack(format, key, value)
          assert.deepEqual([shown.key, shown.value], JSON.parse(JSON.stringify([key, value])))
        }),
      )
  })

  it('have keys as JSON in quotes, and as text without', () => {
    assert.equal(String(recordToSend('json', { key: 'shop/grinder', value: 1 }).key), '"shop/grinder"')
    assert.equal(String(recordToSend('text', { key: 'shop/grinder', value: '1' }).key), 'shop/grinder')
  })

  it('leave out the headers of a record that has none, and keep those of one name in their order', () => {
    assert.ok(!('headers' in shownRecord('text', stored({}))))
    const headers = [
      { key: 'a', value: 'MQ==' },
      { key: '__proto__', value: 'Mg==' },
      { key: 'a', value: 'Mw==' },
    ]
    const sent = recordToSend('text', { value: '', headers }).headers
    assert.deepEqual(
      Object.entries(sent).map(([key, values]) => [key, values.map(String)]),
      [
        ['a', ['1', '3']],
        ['__proto__', ['2']],
      ],
    )
    const shown = shownRecord('text', stored({ headers: [{ key: 'a', value: null }] }))
    assert.deepEqual(shown.headers, [{ key: 'a', value: null }])
  })

  it('send nothing for a key that there is not, and for a value of bytes that is null', () => {
    const { key, value } = recordToSend('binary', { value: null })
    assert.deepEqual([key, value], [null, null])
  })

  for (const text of ['YQ', 'YQ==', '', 'YWI=', 'YWJj'])
    it(`take "${text}" as bytes`, () => assert.ok(recordToSend('binary', { value: text }).value))

  for (const text of ['Y', 'YQ=', 'Y===', 'Y-_a', 'YQ==YQ==', 'YQ==\n'])
    it(`refuse ${JSON.stringify(text)} as bytes`, () => {
      assert.throws(() => recordToSend('binary', { value: text }), /the value must be Base64, and ".*" is not/s)
      assert.throws(() => recordToSend('json', { value: 1, headers: [{ key: 'h', value: text }] }), /the header h must/)
    })

  it('refuse a partition and a time before the first one', () => {
    for (const wrong of [{ partition: -1 }, { timestamp: -1 }])
      assert.throws(() => recordToSend('text', { value: '', ...wrong }), { code: 422, message: /^Invalid \w+: -1\./ })
  })

  it('say where what is no JSON lies', () =>
    assert.throws(() => shownRecord('json', stored({ key: Buffer.from('shop/grinder') })), {
      code: 406,
      message: /t, partition 0, offset 7 is no JSON/,
    }))
})
