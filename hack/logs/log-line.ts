import { styleText } from 'node:util'
import { levels } from '../../operator/domain/logs/log-entry.ts'

/** What is to be seen of what comes. */
export interface Wanted {
  /** This level and what is worse. */
  readonly level: string | undefined
  readonly service: string | undefined
  readonly correlationId: string | undefined
}

export interface Line {
  readonly timestamp?: unknown
  readonly level?: unknown
  readonly service?: unknown
  readonly message?: unknown
  readonly correlation_id?: unknown
}

const colours: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  TRACE: 'gray',
  DEBUG: 'gray',
  INFO: 'green',
  WARN: 'yellow',
  ERROR: 'red',
  FATAL: ['bold', 'red'],
}
const LEVEL_WIDTH = 5
/** These are said already, or how they came matters to nobody who watches. */
const notShown: ReadonlySet<string> = new Set([
  ...['timestamp', 'level', 'service', 'message', 'receivedAt', 'eventId', 'actor', 'namespace'],
])

export function isWanted(line: Line, { level, service, correlationId }: Wanted): boolean {
  const rank = (name: unknown) => levels.indexOf(name as (typeof levels)[number])
  if (level !== undefined && rank(line.level) < rank(level)) return false
  if (service !== undefined && line.service !== service) return false
  return correlationId === undefined || line.correlation_id === correlationId
}

/** A record's value; what is no JSON object is a message. */
export function lineFrom(value: string): Line & Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(value)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>
  } catch {
    // somebody else writes to this topic, too
  }
  return { message: value }
}

/** For a terminal, which obeys whatever control characters it is given: there are none in it but ours. */
export function shown(line: Line & Readonly<Record<string, unknown>>, withColours: boolean): string {
  const level = plain(line.level ?? '-').padEnd(LEVEL_WIDTH)
  const colour = colours[String(line.level)]
  const rest = Object.entries(line).filter(([name, value]) => !notShown.has(name) && value !== undefined)
  const fields = rest.map(([name, value]) => ` ${plain(name)}=${plain(value)}`).join('')
  return [
    plain(line.timestamp ?? '-'),
    withColours && colour !== undefined ? styleText(colour, level, { validateStream: false }) : level,
    plain(line.service ?? '-'),
    plain(line.message ?? '') + (withColours ? styleText('gray', fields, { validateStream: false }) : fields),
  ].join('  ')
}

function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? '\\n' : `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`,
  )
}
