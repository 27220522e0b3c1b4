import type { Writable } from 'node:stream'
import { createLogger, format, transports, type Logger as WinstonLogger } from 'winston'
import type { LogFields, Logger, LogLevel } from '../../application/logger.ts'
import { describedError, redacted, redactedText } from './redact.ts'

export interface LoggerOptions {
  readonly format: 'json' | 'text'
  readonly level: LogLevel
  readonly stream: Writable
  /** The service that every line names. */
  readonly service: string
  readonly now: () => number
}

const MESSAGE = Symbol.for('message')
/** Lines a reader has not taken yet; beyond, lines are dropped and counted rather than eat the memory. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024

type LogLine = Record<string | symbol, unknown> & { level: string; message: unknown }

/** The keys that lead each JSON line, in this order. */
function jsonLine({ timestamp, level, service, component, operation, message, ...rest }: LogLine): string {
  return JSON.stringify({ timestamp, level, service, component, operation, message, ...rest })
}

function asText(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
}

/** A line for people: time of day, level, component, message, then the other fields as key=value; a stack below. */
function textLine({ timestamp, level, service: _service, component, message, error, ...rest }: LogLine): string {
  const clock = String(timestamp).slice(11, 23)
  const { type, message: why, stack } = (error ?? {}) as { type?: string; message?: string; stack?: string }
  const fields = Object.entries(rest).flatMap(([name, value]) =>
    value === undefined ? [] : ` ${name}=${asText(value)}`,
  )
  const fault = error === undefined ? '' : `: ${type} ${why}`
  const below = stack === undefined ? '' : `\n${stack.split('\n').slice(1).join('\n')}`
  return `${clock} ${level.toUpperCase().padEnd(5)} ${component ? `[${component}] ` : ''}${message}${fault}${fields.join('')}${below}`
}

function lineFormat(options: LoggerOptions) {
  const lineOf = options.format === 'json' ? jsonLine : textLine
  return format((info) => {
    ;(info as LogLine)[MESSAGE] = lineOf(info as LogLine)
    return info
  })()
}

function prepared({ error, ...fields }: LogFields): Record<string, unknown> {
  const safe = redacted(fields) as Record<string, unknown>
  return error === undefined ? safe : { ...safe, error: describedError(error) }
}

function adapted(
  winston: WinstonLogger,
  options: LoggerOptions,
  own: Record<string, unknown>,
  lost: { lines: number },
): Logger {
  function write(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (!winston.isLevelEnabled(level)) return
    if (options.stream.writableLength > MAX_UNREAD_BYTES) {
      lost.lines += 1
      return
    }
    const gap = lost.lines > 0 ? { droppedLines: lost.lines } : undefined
    lost.lines = 0
    const timestamp = new Date(options.now()).toISOString()
    const line = { ...own, ...(fields && prepared(fields)), ...gap }
    winston.log({ ...line, timestamp, service: options.service, level, message: redactedText(message) })
  }
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    child: (fields) => adapted(winston, options, { ...own, ...prepared(fields) }, lost),
    enabled: (level) => winston.isLevelEnabled(level),
  }
}

/** A logger that writes to `stream`: JSON lines for machines, or text for people. */
export function winstonLogger(options: LoggerOptions): Logger {
  const winston = createLogger({
    level: options.level,
    format: lineFormat(options),
    transports: [new transports.Stream({ stream: options.stream })],
    exitOnError: false,
  })
  return adapted(winston, options, {}, { lines: 0 })
}
