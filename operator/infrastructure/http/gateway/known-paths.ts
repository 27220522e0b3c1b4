import { Problem } from '../../../application/gateway/answer.ts'
import { cut } from './schema-checks.ts'

/** A path that is served, and how. */
export interface KnownPath {
  /** With `{x}` for what may stand there. */
  readonly path: string
  readonly method: string
}

/** What a request is told that no route takes. */
export interface Unrouted {
  readonly problem: Problem
  /** The methods that are served there, for the header Allow; absent: there is nothing. */
  readonly allow?: string
}

/** Tells apart what is not there and what is there for other methods. */
export function knownPaths(known: readonly KnownPath[]): (method: string, path: string) => Unrouted {
  const methodsByPath = Map.groupBy(known, ({ path }) => path)
  const places = [...methodsByPath].map(([path, operations]) => ({
    pattern: new RegExp(`^${path.replaceAll('.', '[.]').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
    allow: operations.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', '),
  }))
  return (method, path) => {
    const place = places.find(({ pattern }) => pattern.test(path))
    if (!place)
      return { problem: new Problem('NotFound', { detail: `There is no ${cut(path)} here; /docs shows all calls.` }) }
    const detail = `${method} is not served at ${cut(path)}, only ${place.allow}.`
    return { problem: new Problem('MethodNotAllowed', { detail }), allow: place.allow }
  }
}
