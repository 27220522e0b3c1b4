import { Problem } from './answer.ts'
import type { Call } from './call.ts'
import type { Page, Paging } from './objects.ts'

const VERSION = '1'

/** Which page a call asks for. Throws a Problem for a cursor that no answer has given. */
export function pagingOf({ parameters }: Call): Paging {
  const { limit, cursor } = parameters as { limit: number; cursor?: string }
  return { after: cursor === undefined ? '' : nameIn(cursor), limit }
}

/** A page as it is answered; `next` is opaque to clients, so that it may hold something else one day. */
export function listBody<T>(
  { items, more }: Page<T>,
  nameOf: (item: T) => string,
): { items: readonly T[]; next?: string } {
  const last = items.at(-1)
  return last === undefined || !more ? { items } : { items, next: btoa(`${VERSION} ${nameOf(last)}`) }
}

function nameIn(cursor: string): string {
  const [version, name] = textOf(cursor).split(' ')
  if (version === VERSION && name !== undefined && name !== '') return name
  const detail = 'this cursor is none that an answer gave as next: begin without one'
  throw new Problem('Invalid', { detail, errors: [{ pointer: 'cursor', detail }] })
}

function textOf(cursor: string): string {
  try {
    return atob(cursor)
  } catch {
    return ''
  }
}
