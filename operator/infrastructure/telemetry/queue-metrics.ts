import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** client-go's metrics of a work queue; `queue` is its name. */
export interface QueueMetrics {
  depth(queue: string, keys: number): void
  added(queue: string): void
  retried(queue: string): void
  /** Time that a key stood in the queue. */
  waited(queue: string, seconds: number): void
  /** Time that work on a key took. */
  worked(queue: string, seconds: number): void
  /** Sum over the keys that are being worked on. */
  unfinished(queue: string, seconds: number): void
  longestRunning(queue: string, seconds: number): void
}

const queueSeconds = [1e-5, 1e-4, 0.001, 0.01, 0.1, 1, 10, 60, 300, 1_000]

export function queueMetrics(register: Registry): QueueMetrics {
  const registers = [register]
  const labelNames = ['name'] as const
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers })
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers })
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames, buckets: queueSeconds, registers })
  const depth = gauge('workqueue_depth', 'Keys that wait.')
  const adds = counter('workqueue_adds_total', 'Keys added.')
  const retries = counter('workqueue_retries_total', 'Keys added again after a failure.')
  const queueTime = histogram('workqueue_queue_duration_seconds', 'Time that a key waits.')
  const workTime = histogram('workqueue_work_duration_seconds', 'Time that work on a key takes.')
  const unfinished = gauge('workqueue_unfinished_work_seconds', 'Time spent so far on keys that are worked on.')
  const longest = gauge('workqueue_longest_running_processor_seconds', 'Time spent so far on the slowest key.')
  return {
    depth: (name, keys) => depth.set({ name }, keys),
    added: (name) => adds.inc({ name }),
    retried: (name) => retries.inc({ name }),
    waited: (name, seconds) => queueTime.observe({ name }, seconds),
    worked: (name, seconds) => workTime.observe({ name }, seconds),
    unfinished: (name, seconds) => unfinished.set({ name }, seconds),
    longestRunning: (name, seconds) => longest.set({ name }, seconds),
  }
}
