/** The keys that every log line may carry; others are welcome where these don't say it. */
export interface LogFields {
  readonly component?: string
  readonly operation?: string
  readonly namespace?: string
  readonly stock?: string
  readonly reservation?: string
  readonly machine?: string
  readonly correlationId?: string
  readonly eventId?: string
  readonly userId?: string
  /** Whatever was thrown; written as type, message and stack. */
  readonly error?: unknown
  readonly [field: string]: unknown
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Writes one line for each call, never throws, never waits. Values under names such as `password` are not written. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger whose lines all carry `fields` too; the fields of a call win over them. */
  child(fields: LogFields): Logger
  /** Whether a line of this level would be written: ask before building costly fields. */
  enabled(level: LogLevel): boolean
}
