import { Problem } from './answer.ts'
import type { Call } from './call.ts'
import type { Page, Paging } from './objects.ts'

const VERSION = '1'

/** Which page a call asks for. Throws a Problem for a cursor that no answer has given. */
export function pagingOf({ parameters }: Call): Paging {
  const { limit, cursor } = parameters as { limit: number; cursor?: string }
  return { after: cursor === undefined ? '' : nameIn(cursor), limit }
}

/** A page as it is answered. */
export function listBody<T>(
  { items, more }: Page<T>,
  nameOf: (item: T) => string,
): { items: readonly T[]; next?: string } {
  const last = items.at(-1)
  return last === undefined || !more ? { items } : { items, next: cursorOf(VERSION, nameOf(last)) }
}

/** Opaque to clients, so that it may hold something else one day: `version` says what. */
export function cursorOf(version: string, ...parts: readonly string[]): string {
  return btoa([version, ...parts].join(' '))
}

/** The version and what it holds; nothing of one that is none. */
export function partsOf(cursor: string): string[] {
  try {
    return atob(cursor).split(' ')
  } catch {
    return []
  }
}

export function invalidCursor(): Problem {
  const detail = 'this cursor is none that an answer gave as next: begin without one'
  return new Problem('Invalid', { detail, errors: [{ pointer: 'cursor', detail }] })
}

function nameIn(cursor: string): string {
  const [version, name] = partsOf(cursor)
  if (version === VERSION && name !== undefined && name !== '') return name
  throw invalidCursor()
}
