import { isApiError } from './api-error.ts'
import { type BackOffRange, restartBackOff } from './restart-back-off.ts'
import { type Clock, sleep } from './timers.ts'
import type { Namespaces } from './watched-cache.ts'

export interface ServedNamespacesParts {
  readonly namespaces: Namespaces
  readonly clock: Clock
  /** Begins the story of a namespace that is not served: the answer is told why, at first and after each failed try. */
  readonly onUnserved: (namespace: string) => (reason: string) => void
  /** Told of each change: how many are served, and which are not. */
  readonly onChange: (served: number, unlisted: readonly string[]) => void
  /** Nothing is tried again from then on. */
  readonly ended: () => boolean
}

/** Which of the watched namespaces a leader serves: those that it could list. One that it can't costs only itself. */
export interface ServedNamespaces {
  /** Served ones; undefined stands for all. */
  readonly all: Namespaces
  /** Without one: whether all watched ones are served. */
  serves(namespace?: string): boolean
  /** Those that can't be listed, and why. */
  readonly unlisted: ReadonlyMap<string, string>
  /** Asks each, and answers what came; throws when that is nothing. A missing right is believed at once, all else tried again. */
  ask<T>(
    namespaces: Namespaces,
    list: (namespace: string | undefined) => Promise<T>,
  ): Promise<Map<string | undefined, T>>
  serve(namespaces: Namespaces): void
  /** Tries each that isn't served until it is, or all has ended. */
  takeUpOthers(takeUp: (namespace: string) => Promise<void>): void
}

/** A namespace that fails so often in a row is left for later: the others wait for it meanwhile. */
const TRIES = 5
const BETWEEN_TRIES: BackOffRange = { firstMs: 200, lastMs: 5_000, resetMs: Infinity }
const LEFT_FOR_LATER: BackOffRange = { firstMs: 1_000, lastMs: 30_000, resetMs: Infinity }

export function servedNamespaces(parts: ServedNamespacesParts): ServedNamespaces {
  const { namespaces, clock, ended } = parts
  const waits = (range: BackOffRange): (() => Promise<void>) => {
    const nextMs = restartBackOff(range, clock, () => 0) // only who leads asks, so nobody comes in step with it
    return () => sleep(clock, nextMs())
  }
  const served = new Set<string | undefined>()
  const unlisted = new Map<string, string>()

  async function tryIt<T>(list: () => Promise<T>): Promise<T> {
    const wait = waits(BETWEEN_TRIES)
    for (let tries = 1; ; tries += 1) {
      try {
        return await list()
      } catch (error) {
        if (tries === TRIES || isApiError(error, 403) || ended()) throw error
        await wait()
      }
    }
  }

  async function takeUpOne(namespace: string, takeUp: (namespace: string) => Promise<void>): Promise<void> {
    const wait = waits(LEFT_FOR_LATER)
    const tell = parts.onUnserved(namespace)
    tell(unlisted.get(namespace) ?? '')
    while (!ended()) {
      await wait()
      if (ended()) return
      try {
        return await takeUp(namespace)
      } catch (error) {
        const reason = reasonOf(error)
        unlisted.set(namespace, reason)
        tell(reason)
      }
    }
  }

  function serve(listed: Namespaces): void {
    for (const namespace of listed) {
      served.add(namespace)
      unlisted.delete(namespace ?? '')
    }
    parts.onChange(served.size, [...unlisted.keys()])
  }

  return {
    get all() {
      return [...served]
    },
    serves: (namespace) =>
      served.has(undefined) || (namespace === undefined ? unlisted.size === 0 : served.has(namespace)),
    unlisted,
    async ask(asked, list) {
      const answers = await Promise.allSettled(asked.map((namespace) => tryIt(() => list(namespace))))
      const came = new Map<string | undefined, Awaited<ReturnType<typeof list>>>()
      let failure: unknown
      for (const [index, answer] of answers.entries()) {
        const namespace = asked[index]
        if (answer.status === 'fulfilled') came.set(namespace, answer.value)
        else {
          failure = answer.reason
          if (!served.has(namespace)) unlisted.set(namespace ?? '', reasonOf(failure))
        }
      }
      if (came.size === 0) throw failure
      return came
    },
    serve,
    takeUpOthers(takeUp) {
      for (const namespace of namespaces) {
        if (namespace !== undefined && !served.has(namespace)) void takeUpOne(namespace, takeUp)
      }
    },
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
