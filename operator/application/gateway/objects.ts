import type { Phase, Reason } from '../../domain/reservation/reservation.ts'
import type { Message } from '../../domain/virtualization/resource-request.ts'
import type { NewRequest } from '../virtualization/request-store.ts'
import type { Caller } from './caller.ts'
import type { Machine, NewStock, Request, Reservation, Stock } from './generated/contract.ts'

/** An object of the cluster as it is shown, and what of it is compared. */
export interface Seen<Shown> {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly generation: number
  /** Its resourceVersion. */
  readonly position: string
  readonly shown: Shown
}

export interface SeenStock extends Seen<Stock> {
  /** The generation of the spec that the operator has taken over; 0 = none. */
  readonly takenOver: number
  /** Deleted, and there until its last hold has ended. */
  readonly deleting: boolean
  /** Where its books are, unless they are in the object itself. */
  readonly ledger?: { readonly database: string }
}

export interface SeenReservation extends Seen<Reservation> {
  readonly phase: Phase | undefined
  readonly reason: Reason | undefined
  /** The generation of the spec that its status speaks of; 0 = none. */
  readonly judged: number
  /** Of the order that it was made from; absent on what others made. */
  readonly orderHash?: string
  /** Of one that has one line: its stock, and the stock's decision that it was told. */
  readonly line?: {
    readonly namespace: string
    readonly stock: string
    readonly stockUID: string
    readonly quantity: number
    readonly sequence: number
  }
}

export type SeenMachine = Seen<Machine>

export interface SeenRequest extends Seen<Request> {
  /** What was asked for, as it was written. */
  readonly asked: Pick<Message, 'messageType' | 'payload'>
  /** Whether the operator has said anything of it. */
  readonly judged: boolean
}

export interface Page<Shown> {
  readonly items: readonly Shown[]
  /** Whether more follows. */
  readonly more: boolean
}

export interface Paging {
  /** The name after which the page begins; '' = at the start. */
  readonly after: string
  readonly limit: number
}

export interface PageAt {
  readonly caller: Caller
  readonly namespace: string
}

/** Objects of one kind, as this gateway's watch has them. */
export interface Objects<S extends Seen<unknown>, Filter = object> {
  /** Undefined = not there, as far as is known. */
  get(namespace: string, name: string): S | undefined
  /** Up to where all changes in a namespace are in memory; '' = none yet. */
  position(namespace: string): string
  /** In the order of their names. */
  page(namespace: string, filter: Filter, paging: Paging): Page<S['shown']>
  /** Asks the API server with the caller's token. Throws a Problem. */
  read(caller: Caller, namespace: string, name: string): Promise<S | undefined>
  /** Lists all of them at the API server with the caller's token: a costly page. Throws a Problem. */
  readPage(where: PageAt, filter: Filter, paging: Paging): Promise<Page<S['shown']> & { readonly position: string }>
}

/** What became of a write. Whatever else is answered is thrown as a Problem, and was surely not applied. */
export type Written<S> =
  | { readonly kind: 'stored'; readonly object: S }
  /** There is one of this name already. */
  | { readonly kind: 'exists' }
  /** There is none of this name, or no such namespace. */
  | { readonly kind: 'gone'; readonly reason: string }
  /** It has moved on since the position that the write was based on, or something else that the API server writes with it. */
  | { readonly kind: 'stale'; readonly reason: string }
  /** No whole answer came: it may be stored, or may yet be. */
  | { readonly kind: 'unknown'; readonly reason: string }

export interface StockFilter {
  readonly level?: string
  readonly product?: string
}

export interface StockChange {
  readonly quantity?: number
  readonly price?: { readonly amount: string; readonly currency: string }
  readonly paused?: boolean
  /** Why, in the changer's words; stays on the stock until the next change of the same. */
  readonly reason?: string
  /** Of the call that gave the reason. */
  readonly requestId?: string
  /** Changed only while it is exactly there. */
  readonly position?: string
}

export interface Stocks extends Objects<SeenStock, StockFilter> {
  create(caller: Caller, namespace: string, name: string, stock: NewStock): Promise<Written<SeenStock>>
  patch(caller: Caller, namespace: string, name: string, change: StockChange): Promise<Written<SeenStock>>
}

/** What is ordered, whichever way it came in. */
export interface Order {
  readonly items: readonly { readonly stockNamespace: string; readonly stock: string; readonly quantity: number }[]
  readonly consumer?: string
  readonly note?: string
  readonly ttl?: string
  readonly waitFor?: string
  readonly priority?: number
  readonly state: 'Reserved' | 'Confirmed'
}

export interface ReservationDraft {
  readonly namespace: string
  readonly name: string
  readonly order: Order
  readonly orderHash: string
  readonly requestId: string
}

export interface ReservationFilter {
  /** Its namespace and name. */
  readonly stock?: { readonly namespace: string; readonly name: string }
  readonly consumer?: string
  readonly phase?: string
}

export type ReservationChange = { readonly state: 'Confirmed' | 'Released' } | { readonly ttl: string }

export interface Reservations extends Objects<SeenReservation, ReservationFilter> {
  create(caller: Caller, draft: ReservationDraft): Promise<Written<SeenReservation>>
  patch(caller: Caller, namespace: string, name: string, change: ReservationChange): Promise<Written<SeenReservation>>
}

export interface RequestFilter {
  readonly status?: string
  readonly user?: string
  readonly messageId?: string
}

export interface Requests extends Objects<SeenRequest, RequestFilter> {
  create(caller: Caller, request: NewRequest): Promise<Written<SeenRequest>>
}
