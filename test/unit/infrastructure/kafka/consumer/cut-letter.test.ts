import assert from 'node:assert/strict'
import { cut } from '../../../../../operator/infrastructure/kafka/consumer/cut-letter.ts'

const MEGABYTE = 1024 * 1024
const ours = { kbnt_error: 'Unreadable', kbnt_error_message: 'no JSON' }

describe('a dead letter that is cut', () => {
  it('has the beginning of its value, with its length and its sum', () => {
    const { value, headers } = cut({ key: 'k', value: Buffer.alloc(MEGABYTE), headers: { ce_id: '1', ...ours } })
    assert.equal(value?.length, 65_536)
    const { kbnt_truncated, kbnt_sha256, ...others } = headers ?? {}
    assert.equal(kbnt_truncated, String(MEGABYTE))
    assert.equal(kbnt_sha256?.length, 64)
    assert.deepEqual(others, { ce_id: '1', ...ours })
  })

  it('has the beginning of its key, and none where there was none', () => {
    const { key, headers } = cut({ key: Buffer.alloc(MEGABYTE), value: null })
    assert.equal(key?.length, 1024)
    assert.equal(headers?.['kbnt_key_truncated'], String(MEGABYTE))
    assert.equal(cut({ key: null, value: null }).key, null)
  })

  it('lacks headers that find no room, and none of those that say why it is dead', () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`h${index}`, 'x'.repeat(4_000)]))
    const { headers } = cut({ value: null, headers: { big: ['', Buffer.alloc(MEGABYTE)], ...many, ...ours } })
    const { kbnt_headers_left_out, kbnt_truncated, kbnt_sha256, ...others } = headers ?? {}
    assert.deepEqual(Object.keys(others), ['h0', 'h1', 'h2', 'h3', ...Object.keys(ours)])
    assert.equal(kbnt_headers_left_out, '6')
    assert.deepEqual([kbnt_truncated, kbnt_sha256?.length], ['0', 64])
  })
})
