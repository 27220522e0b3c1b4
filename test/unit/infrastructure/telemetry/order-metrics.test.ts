import assert from 'node:assert/strict'
import { Registry } from 'prom-client'
import type { Logger } from '../../../../operator/application/logger.ts'
import type { OrderStatus, OrderStep } from '../../../../operator/domain/order/order.ts'
import { orderMetrics } from '../../../../operator/infrastructure/telemetry/order-metrics.ts'
import { orderObserver } from '../../../../operator/infrastructure/telemetry/order-observer.ts'
import { anOrder } from '../../../fixtures/order-builders.ts'

const logger: Logger = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  ...{ child: () => logger, enabled: () => false },
}
const unsaid: OrderStep = { at: '2026-11-22T10:00:00Z', operation: 'Notify', status: 'Failed', message: 'no answer' }

describe('the metrics of orders', () => {
  function observed(reason: string, steps: readonly OrderStep[]) {
    const register = new Registry()
    const metrics = orderMetrics(register)
    const observer = orderObserver({ metrics, logger, record: () => undefined })
    const status = { phase: 'Completed', reason, message: 'paid and sold', steps: 1, history: steps } as object
    observer.told(anOrder(), status as OrderStatus, steps)
    return register.getSingleMetricAsString('kbnt_orders_untold_total')
  }

  it('count those whose customer could not be told, from 0 on', async () => {
    assert.match(await observed('NoticeUnavailable', [unsaid]), /\{reason="NoticeUnavailable"\} 1$/m)
    assert.match(await observed('NoticeUnavailable', [unsaid]), /\{reason="NoticeRefused"\} 0$/m)
  })

  it('do not count one that nobody waits to be told of', async () => {
    const texts = [await observed('Deleted', [unsaid]), await observed('CancelledTooLate', [])]
    for (const text of texts) assert.doesNotMatch(text, / 1$/m)
  })

  it('say for how long an order is in a phase', async () => {
    const register = new Registry()
    orderMetrics(register).staying(() => ({ Paying: 7, Confirming: 0, Cancelling: 0 }))
    assert.match(await register.metrics(), /^kbnt_orders_oldest_seconds\{phase="Paying"\} 7$/m)
  })
})
