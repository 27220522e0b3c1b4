import type { Clock } from '../../application/clock.ts'
import type { Logger } from '../../application/logger.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import type { WorkerMetrics } from '../../infrastructure/telemetry/worker-metrics.ts'
import type { Host } from '../program.ts'

/** A flow as the program runs it. */
export interface RunningFlow {
  readonly name: string
  start(): void
  /** Undefined = it does its work. */
  notReady(): string | undefined
  stuck(): string | undefined
  /** Finishes what is begun; false when something had to be left. */
  stop(graceMs: number): Promise<boolean>
}

export interface FlowParts {
  readonly settings: Settings
  readonly kafka: NonNullable<Settings['kafka']>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: WorkerMetrics
  readonly host: Pick<Host, 'env' | 'version' | 'home'>
}
