import { Counter, Histogram, type Registry } from 'prom-client'

export interface RequestMetrics {
  /** A request of this type has come to its end, `seconds` after its object was made. */
  ended(type: string, status: 'completed' | 'failed', seconds: number): void
}

const waySeconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400]

/** Requests in numbers. */
export function requestMetrics(register: Registry): RequestMetrics {
  const registers = [register]
  const ended = new Counter({
    name: 'kbnt_virtualization_requests_total',
    help: 'Requests that were completed, or have failed; type is that of their message, OTHER where nothing is done for it.',
    labelNames: ['type', 'status'],
    registers,
  })
  const took = new Histogram({
    name: 'kbnt_request_processing_duration_seconds',
    help: 'Creation of a request until it was completed or had failed.',
    buckets: waySeconds,
    registers,
  })
  return {
    ended(type, status, seconds) {
      ended.inc({ type, status })
      took.observe(seconds)
    },
  }
}
