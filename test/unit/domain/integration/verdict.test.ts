import assert from 'node:assert/strict'
import type { Call } from '../../../../operator/domain/integration/call.ts'
import { verdictOn } from '../../../../operator/domain/integration/verdict.ts'
import type { Reply } from '../../../../operator/domain/reply.ts'

const callBy = (method: Call['method']): Call => ({ id: 'e-1', method, path: '/x', sequence: 1 })
const answered = (status: number, text = '', retryAfterMs?: number): Reply => ({
  ...{ kind: 'answered', status, text },
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})

/** In short: its kind, whether the message may be why, and whether it may have been taken. */
function shortOf(reply: Reply, method: Call['method'] = 'POST'): string {
  const verdict = verdictOn(callBy(method), reply)
  if (verdict.kind !== 'away') return verdict.kind
  return `away${verdict.certain ? ', certain' : ''}${verdict.maybeTaken ? ', maybe taken' : ''}`
}

describe('what a reply of the other side means', () => {
  it('goes by its status', () => {
    const wanted: Record<string, readonly number[]> = {
      taken: [200, 201, 202, 204],
      refused: [400, 404, 405, 409, 410, 412, 413, 415, 422, 451],
      'away, certain': [301, 307, 308, 401, 407],
      away: [403, 425, 429],
      'away, maybe taken': [408, 500, 502, 503, 504, 599],
    }
    for (const [meaning, given] of Object.entries(wanted))
      for (const status of given) assert.equal(shortOf(answered(status)), meaning, String(status))
  })

  it('a side that says when to come again has taken nothing', () => {
    assert.equal(shortOf(answered(503, '', 2_000)), 'away')
    assert.equal(shortOf(answered(500, '', 2_000)), 'away, maybe taken')
    const verdict = verdictOn(callBy('POST'), answered(429, 'slow down', 2_000))
    assert.equal(verdict.kind === 'away' ? verdict.retryAfterMs : undefined, 2_000)
  })

  it('what was not sent is never the fault of the message; what was sent may be, and may be there', () => {
    const blame = { cause: 'NoAnswer', reason: 'ECONNREFUSED' }
    assert.equal(shortOf({ kind: 'unsent', ...blame }), 'away, certain')
    assert.equal(shortOf({ kind: 'lost', ...blame }), 'away, maybe taken')
  })

  it('what is to be deleted and is not there is deleted', () => {
    assert.equal(shortOf(answered(404), 'DELETE'), 'taken')
    assert.equal(shortOf(answered(410), 'DELETE'), 'taken')
    assert.equal(shortOf(answered(404), 'PUT'), 'refused')
  })

  it('a look-up that finds nothing says so', () => {
    assert.equal(shortOf(answered(404), 'GET'), 'unheard')
    for (const text of ['[]', ' [ ]\n', 'null']) assert.equal(shortOf(answered(200, text), 'GET'), 'unheard', text)
    for (const text of ['', '[{}]', '{}', 'OK']) assert.equal(shortOf(answered(200, text), 'GET'), 'taken', text)
    assert.equal(shortOf(answered(200, '[]')), 'taken') // of a POST
    const found = verdictOn(callBy('GET'), answered(200, '[{"externalId":"EXT-9"}]'))
    assert.deepEqual(found, { kind: 'taken', externalId: 'EXT-9' })
  })

  it('the id that they give is a text or a whole number, and nothing else', () => {
    const idIn = (text: string) => {
      const verdict = verdictOn(callBy('POST'), answered(201, text))
      return verdict.kind === 'taken' ? verdict.externalId : 'not taken'
    }
    assert.equal(idIn('{"externalId":"EXT-1"}'), 'EXT-1')
    assert.equal(idIn('{"externalId":17}'), '17')
    for (const text of [
      '',
      'created',
      '[]',
      '{"externalId":{}}',
      '{"externalId":"a b"}',
      `{"externalId":"${'x'.repeat(201)}"}`,
    ])
      assert.equal(idIn(text), undefined, text)
  })

  it('quotes what they say, on one line and not all of it', () => {
    const verdict = verdictOn(callBy('POST'), answered(422, `no\nsuch\0 thing ${'x'.repeat(500)}`))
    assert.match(
      verdict.kind === 'refused' ? verdict.reason : '',
      /^POST \/x is answered 422: no such {1,2}thing x{100,190}$/,
    )
  })
})
