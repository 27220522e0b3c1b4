const MOST_TROUBLES = 8
const MOST_OTHERS = 3

interface LogLine {
  readonly level: string
  readonly message: string
  readonly error?: unknown
}

/** What the operator's log says last, for people: its warnings and errors, or where there are none what it did last. */
export function logTail(log: string): string {
  const lines = log.split('\n').flatMap(lineFrom)
  const troubles = lines.filter(({ level }) => level === 'warn' || level === 'error')
  const chosen = troubles.length > 0 ? troubles.slice(-MOST_TROUBLES) : lines.slice(-MOST_OTHERS)
  return chosen.map(lineText).join('\n')
}

/** None for events, which go to the same output; a stack trace or the like stands for itself. */
function lineFrom(text: string): LogLine[] {
  if (text.trim() === '') return []
  try {
    const line = JSON.parse(text) as Partial<LogLine>
    return line.level && line.message ? [line as LogLine] : []
  } catch {
    return [{ level: 'error', message: text }]
  }
}

function lineText({ level, message, error }: LogLine): string {
  const why = typeof error === 'object' && error !== null && 'message' in error ? `: ${error.message}` : ''
  return `  ${level}: ${message}${why}`
}
