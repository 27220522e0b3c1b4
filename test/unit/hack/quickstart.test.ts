import assert from 'node:assert/strict'
import { type Expectation, isMissed, type Sample } from '../../../hack/quickstart/expectation.ts'
import { logTail } from '../../../hack/quickstart/log-tail.ts'
import { machineText } from '../../../hack/quickstart/story-lines.ts'
import type { VirtualMachine } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-machine.ts'

const sample = (phase: string, reason = phase): Sample => ({ metadata: { name: 'order' }, status: { phase, reason } })

describe('what a sample of the quickstart has come to', () => {
  const held: Expectation = { key: 'reservation order', phase: 'Reserved', reason: undefined }
  const neverFits: Expectation = { key: 'reservation giant', phase: 'Rejected', reason: 'NeverFits' }

  it('is missed when it has ended otherwise, also for another reason', () => {
    assert.equal(isMissed(held, sample('Rejected')), true)
    assert.equal(isMissed(neverFits, sample('Rejected', 'InsufficientStock')), true)
  })

  it('is not missed while it may still come, or when it has', () => {
    assert.deepEqual(
      [undefined, sample('Waiting'), sample('Reserved')].map((seen) => isMissed(held, seen)),
      [false, false, false],
    )
    assert.equal(isMissed(neverFits, sample('Rejected', 'NeverFits')), false)
  })
})

describe('the end of the operator’s log', () => {
  const line = (level: string, message: string, error?: object) => JSON.stringify({ level, message, error })

  it('is its warnings and errors, without events', () => {
    const log = [
      line('info', 'leading'),
      line('warn', 'the watch failed', { message: 'no way' }),
      '{"specversion":"1.0"}',
    ]
    assert.equal(logTail(log.join('\n')), '  warn: the watch failed: no way')
  })

  it('is what it did last where nothing went wrong, and what is no log line at all', () => {
    const log = ['one', 'two', 'three', 'four'].map((message) => line('info', message)).join('\n')
    assert.equal(logTail(log), '  info: two\n  info: three\n  info: four')
    assert.equal(logTail('out of memory\n'), '  error: out of memory')
    assert.equal(logTail(''), '')
  })
})

describe('the line of a machine', () => {
  it('tells of its capacity once, and later that it starts again', () => {
    const spec = { cpu: 2, memory: '4Gi', disk: '20Gi' }
    const machine = { spec, status: { phase: 'Provisioning', message: 'booting' } } as VirtualMachine
    assert.equal(machineText(machine), 'reserved 2 vCPU, 4Gi, 20Gi: booting')
    assert.equal(machineText(machine, sample('Stopped')), 'starts again: booting')
  })
})
