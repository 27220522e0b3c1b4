import type { Place } from '../../domain/flow/place.ts'
import type { Message } from '../../domain/virtualization/resource-request.ts'
import type { Away } from '../flow/away.ts'

/** A request as it is to be stored. */
export interface NewRequest {
  readonly namespace: string
  /** The same whenever the message is delivered. */
  readonly name: string
  /** What it asks for, as a number, for people: anybody may write such a thing. */
  readonly digest: string
  readonly spec: Message
  /** Where its message lay at first. Absent: it came by no topic. */
  readonly origin?: Place
}

/** What became of storing it. */
export type Stored =
  | { readonly kind: 'made' }
  /** There is one of its name, made of this message. */
  | { readonly kind: 'there'; readonly message: Message }
  /** It, or its namespace, will never be taken. */
  | { readonly kind: 'refused'; readonly cause: string; readonly reason: string }
  /** Not for now, and it is why: its namespace is full, or a policy there says no. */
  | { readonly kind: 'later'; readonly cause: string; readonly reason: string }
  /** The API server, or it lets us do nothing. */
  | Away

/** Where requests are stored. Never throws. */
export interface RequestStore {
  create(request: NewRequest): Promise<Stored>
  /** The message that a stored request was made of. */
  find(
    namespace: string,
    name: string,
  ): Promise<{ readonly kind: 'found'; readonly message: Message } | { readonly kind: 'none' } | Away>
}
