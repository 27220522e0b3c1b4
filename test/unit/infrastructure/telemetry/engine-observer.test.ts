import assert from 'node:assert/strict'
import type { WriteResult } from '../../../../operator/application/ledger/stock-ledger.ts'
import type { Logger } from '../../../../operator/application/logger.ts'
import { engineObserver } from '../../../../operator/infrastructure/telemetry/engine-observer.ts'
import { metrics } from '../../../../operator/infrastructure/telemetry/metrics.ts'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet, enabled: () => false }

/** The count of writes that would have oversold, after a write was refused for `reason`. */
async function guardHits(reason: string): Promise<string | undefined> {
  const options = { version: '', commit: '', legacyNames: false, maxStocks: 1, processMetrics: false }
  const subject = metrics(options)
  const nothing = { record: () => undefined, onStored: () => undefined, findReservation: () => undefined }
  const observer = engineObserver({ metrics: subject, logger: quiet, ...nothing, pendingEntries: () => 0 })
  observer.wrote({ kind: 'refused', reason, guard: reason.includes('more units would be out') } as WriteResult)
  return /^kbnt_ledger_guard_rejections_total (.*)$/m.exec(await subject.text())?.[1]
}

describe('engineObserver', () => {
  it('counts as a hit of the guard only what would have oversold', async () => {
    assert.equal(await guardHits('VirtualStock "lamp" is invalid: status: more units would be out than exist'), '1')
    assert.equal(await guardHits('VirtualStock "lamp" is invalid: status.ledger.pending: Too many: 257'), '0')
  })
})
