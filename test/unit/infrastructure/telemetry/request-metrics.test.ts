import assert from 'node:assert/strict'
import { Registry } from 'prom-client'
import { requestMetrics } from '../../../../operator/infrastructure/telemetry/request-metrics.ts'

describe('requestMetrics', () => {
  it('counts requests that something has been against for an hour, as they are now', async () => {
    const register = new Registry()
    const subject = requestMetrics(register)
    const lines = async () => {
      subject.refresh()
      const text = await register.getSingleMetricAsString('kbnt_virtualization_requests_hindered')
      return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    }
    assert.deepEqual(await lines(), [])
    const slow = { type: 'DELETE_VIRTUAL_MACHINE', reason: 'RemovalSlow' }
    let hindered = [slow, slow]
    subject.readFrom({ hinderedFor: (ms) => (ms === 3_600_000 ? hindered : []) })
    const labels = 'type="DELETE_VIRTUAL_MACHINE",reason="RemovalSlow"'
    assert.deepEqual(await lines(), [`kbnt_virtualization_requests_hindered{${labels}} 2`])
    hindered = []
    assert.deepEqual(await lines(), [])
  })
})
