import type { EntryLevel, LogEntry } from './log-entry.ts'

/** Which entries go to a topic; where both are absent, those that no other route takes. */
export interface LogRoute {
  readonly levels?: readonly EntryLevel[]
  readonly services?: readonly string[]
  readonly topic: string
}

/**
 * The topics of an entry: of all routes that ask for something and get it, each once; else of those that ask for nothing.
 * So an error of a payment service is among the errors and among what is kept of payments.
 */
export function topicsOf(
  { level, service }: Pick<LogEntry, 'level' | 'service'>,
  routes: readonly LogRoute[],
): string[] {
  const fits = (route: LogRoute) =>
    (route.levels?.includes(level) ?? true) && (route.services?.includes(service) ?? true)
  const asking = routes.filter((route) => !takesAny(route))
  const taken = asking.filter(fits)
  return [...new Set((taken.length > 0 ? taken : routes.filter(takesAny)).map(({ topic }) => topic))]
}

function takesAny({ levels, services }: LogRoute): boolean {
  return levels === undefined && services === undefined
}
