import type { ServiceAnswer } from './service.ts'

/** How a service behaves to a call. */
export type Behaviour =
  /** Does it, and says so after this time. */
  | { readonly kind: 'serve'; readonly afterMs?: number }
  /** Says this, and does nothing. */
  | { readonly kind: 'answer'; readonly status: number; readonly text?: string }
  /** Does it, and says that it has failed. */
  | { readonly kind: 'fail'; readonly status: number }
  /** Does it, and hangs up. */
  | { readonly kind: 'lose' }
  /** Hangs up, and never does it. */
  | { readonly kind: 'reset' }
  /** Never says anything, and never does it. */
  | { readonly kind: 'hang' }
  /** Never says anything, and does it after this time. */
  | { readonly kind: 'late'; readonly afterMs: number }

export const serving: Behaviour = { kind: 'serve' }

/** What a caller gets to see. */
export type Seen =
  | { readonly kind: 'answer'; readonly afterMs: number; readonly status: number; readonly text: string }
  | { readonly kind: 'hangUp' }
  /** `thenMs`: the service does it after this time. */
  | { readonly kind: 'silence'; readonly thenMs?: number }

/** Has `serve` do what the behaviour does at once. */
export function seenOf(behaviour: Behaviour, serve: () => ServiceAnswer): Seen {
  switch (behaviour.kind) {
    case 'serve': {
      const { status, body } = serve()
      return { kind: 'answer', afterMs: behaviour.afterMs ?? 0, status, text: JSON.stringify(body) }
    }
    case 'answer':
      return { kind: 'answer', afterMs: 0, status: behaviour.status, text: behaviour.text ?? '' }
    case 'fail':
      serve()
      return { kind: 'answer', afterMs: 0, status: behaviour.status, text: '' }
    case 'lose':
      serve()
      return { kind: 'hangUp' }
    case 'reset':
      return { kind: 'hangUp' }
    case 'hang':
      return { kind: 'silence' }
    case 'late':
      return { kind: 'silence', thenMs: behaviour.afterMs }
  }
}
