import assert from 'node:assert/strict'
import { isWanted, lineFrom, shown } from '../../../../hack/logs/log-line.ts'

const line = {
  ...{ timestamp: '2026-11-30T10:00:00.000Z', level: 'WARN', service: 'order-service', message: 'slow' },
  ...{ correlation_id: 'c-1', payload: { ms: 7 }, eventId: 'e-1', actor: 'ana', receivedAt: 'now' },
}

const all = { level: undefined, service: undefined, correlationId: undefined }

describe('a line of a log in a terminal', () => {
  it('has when, how bad, who and what, then whatever else it says', () => {
    assert.equal(
      shown(line, false),
      '2026-11-30T10:00:00.000Z  WARN   order-service  slow correlation_id=c-1 payload={"ms":7}',
    )
  })

  it('has colours where they are wanted', () => {
    assert.ok(shown(line, true).includes('  \u001B[33mWARN \u001B[39m  order-service  slow\u001B[90m '))
  })

  it('lets nobody give orders to the terminal', () => {
    const evil = shown({ ...line, message: 'a\u001B[2Jb\nc\u202Ed', 'x\u0007': 'y\u009B' }, false)
    assert.ok(!/[\p{Cc}\p{Cf}]/u.test(evil), evil)
    assert.match(evil, /a\\u001b\[2Jb\\nc\\u202ed/)
  })

  it('is shown as it is where it is none of ours', () => {
    assert.equal(shown(lineFrom('started'), false), '-  -      -  started')
    assert.equal(shown(lineFrom('[1]'), false), '-  -      -  [1]')
  })

  for (const [wanted, is] of [
    [{}, true],
    [{ level: 'INFO' }, true],
    [{ level: 'WARN' }, true],
    [{ level: 'ERROR' }, false],
    [{ service: 'order-service' }, true],
    [{ service: 'order' }, false],
    [{ correlationId: 'c-1' }, true],
    [{ correlationId: 'c' }, false],
    [{ level: 'TRACE', service: 'order-service', correlationId: 'c-1' }, true],
  ] as const)
    it(`${is ? 'is' : 'is not'} among those of ${JSON.stringify(wanted)}`, () =>
      assert.equal(isWanted(line, { ...all, ...wanted }), is))

  it('of no known level is not among those of a level', () => {
    assert.equal(isWanted({ message: 'x' }, { ...all, level: 'TRACE' }), false)
    assert.equal(isWanted({ message: 'x' }, all), true)
  })
})
