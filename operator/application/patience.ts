import { backOff, type Clock, msBetween, pause, type Tick } from './clock.ts'
import { messageOf } from './message-of.ts'

/** Why a try failed: a word from a short list, to count by, and a sentence for people. */
export interface Hitch {
  readonly cause: string
  readonly reason: string
}

/** What is tried again until it works: `operation` is a word from a short list, `fields` say of what. */
export interface Undertaking {
  readonly operation: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface PatienceParts {
  readonly clock: Clock
  /** Told of every failed try. */
  readonly onRetry: (operation: string, cause: string) => void
  /** Told of the first failed try, and then now and then for as long as it lasts. */
  readonly onTrouble: (message: string, fields: Record<string, unknown>) => void
}

/** Keeps count of something that fails again and again, and speaks of it without flooding the log. */
export interface Patience {
  failed(hitch: Hitch): void
  /** It has worked, or nobody wants it any more. */
  over(): void
  /** How long it has failed, in ms; 0 = it doesn't. */
  readonly failingMs: number
  /** Why the last try failed; undefined = none has since the last success. */
  readonly hitch: Hitch | undefined
}

/** The first failure is said at once, those that follow this far apart. */
export const SAY_EVERY_MS = 30_000

export function patience({ clock, onRetry, onTrouble }: PatienceParts, { operation, fields }: Undertaking): Patience {
  let since: Tick | undefined
  let saidAt: Tick | undefined
  let tries = 0
  let last: Hitch | undefined
  return {
    failed(hitch) {
      since ??= clock.tick()
      tries += 1
      last = hitch
      onRetry(operation, hitch.cause)
      if (saidAt !== undefined && msBetween(saidAt, clock.tick()) < SAY_EVERY_MS) return
      saidAt = clock.tick()
      onTrouble(`can't ${operation}; tried again`, {
        ...fields,
        ...hitch,
        tries,
        failingMs: Math.round(msBetween(since, saidAt)),
      })
    },
    over() {
      since = undefined
      saidAt = undefined
      tries = 0
      last = undefined
    },
    get failingMs() {
      return since === undefined ? 0 : msBetween(since, clock.tick())
    },
    get hitch() {
      return last
    },
  }
}

/** How one try ended. `retryAfterMs`: the other side asks for so much time; else tries come ever further apart. */
export type Tried<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly hitch: Hitch; readonly retryAfterMs?: number }

/** Tries until it is done. Not for work that others wait behind: whoever calls this waits as long as it takes. */
export async function patiently<T>(
  parts: PatienceParts,
  undertaking: Undertaking,
  attempt: () => Promise<Tried<T>>,
): Promise<T> {
  const tries = patience(parts, undertaking)
  const wait = backOff(parts.clock)
  for (;;) {
    const tried = await attempt()
    if (tried.kind === 'done') return tried.value
    tries.failed(tried.hitch)
    await (tried.retryAfterMs === undefined ? wait() : pause(parts.clock, tried.retryAfterMs))
  }
}

/** Something thrown, as why a try failed; errors of the API server carry their `reason`, such as Forbidden. */
export function hitchOf(error: unknown): Hitch {
  const { reason } = error instanceof Error ? (error as { reason?: unknown }) : {}
  return { cause: typeof reason === 'string' && reason !== '' ? reason : 'NoAnswer', reason: messageOf(error) }
}
