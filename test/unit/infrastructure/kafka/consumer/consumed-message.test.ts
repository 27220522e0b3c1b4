import assert from 'node:assert/strict'
import type { IHeaders } from 'kafkajs'
import { consumedMessage } from '../../../../../operator/infrastructure/kafka/consumer/consumed-message.ts'

const read = (headers: object) =>
  consumedMessage('t', 0, {
    ...{ key: Buffer.from('k'), value: Buffer.from('v'), offset: '1', timestamp: '1', attributes: 0 },
    headers: headers as IHeaders,
  })

describe('a consumed message', () => {
  it('has headers as text, of several the last one, and all of them to go on', () => {
    const { headers, raw } = read({ one: Buffer.from('1'), many: [Buffer.from('2'), '3'] })
    assert.deepEqual(headers, { one: '1', many: '3' })
    assert.deepEqual(raw.headers, { one: Buffer.from('1'), many: [Buffer.from('2'), '3'] })
  })

  it('lacks headers without a value, which go on as empty ones, with a mark', () => {
    const { headers, raw } = read({ one: Buffer.from('1'), none: null, nothing: [null, null] })
    assert.deepEqual(headers, { one: '1' })
    assert.deepEqual(raw.headers, { one: Buffer.from('1'), none: '', nothing: '', kbnt_null_headers: 'none,nothing' })
  })

  it('has headers with names that every object has, as the library reads them', () => {
    const value = Buffer.from('1')
    const proto = Object.fromEntries([['__proto__', [Object.prototype, value]]])
    const { headers, raw } = read({
      constructor: [Object, value],
      toString: [Object.prototype.toString, null],
      ...proto,
    })
    assert.deepEqual(Object.entries(headers), [...Object.entries({ constructor: '1' }), ['__proto__', '1']])
    assert.deepEqual(Object.keys(raw.headers), ['constructor', 'toString', '__proto__', 'kbnt_null_headers'])
    assert.deepEqual(raw.headers['constructor'], value)
  })
})
