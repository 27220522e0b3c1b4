import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import { keyOf, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { ApiServer } from './api-server.ts'
import { type Clients, OTHER_NAMESPACE } from './clients.ts'
import { isBakery } from './events.ts'
import type { Kafka } from './kafka.ts'
import { corrupt, type Repair } from './nonsense.ts'
import type { Random } from './random.ts'
import { around, type Excused, nobody, owesOnly } from './rest.ts'
import type { VirtualTime } from './virtual-time.ts'
import type { WorldKind } from './world-kinds.ts'

export interface SicknessParts {
  readonly kind: WorldKind
  readonly random: Random
  readonly server: ApiServer
  readonly kafka: Kafka
  readonly people: Clients
  readonly time: VirtualTime
  readonly note: (line: string) => void
}

const TERMS_CHANGES = 90

/** One thing that is wrong for long, and what it may touch; the rest must go on as if it were not. */
export interface Sick {
  readonly present: string | undefined
  readonly excused: Excused
  begin(): void
  heal(): void
  /** What the server says to a status of this reservation; undefined = it takes it. */
  refusalOf(reservation: Reservation): Refusal | undefined
  /** The same for a write of a stock's books. */
  refusalOfBooks(stock: StoredStock): Refusal | undefined
  /** Whether its statuses are refused, or were before it was healed: then nobody knows when it is seen to be well. */
  wasUntellable(reservation: Reservation): boolean
  /** Whether there is no room for spools. */
  refusesSpools(): boolean
  /** Whether this stock may be found to make no sense. */
  mayHalt(stock: Pick<StoredStock, 'namespace' | 'name'>): boolean
  /** Whether those who wait for it may wait on, though it has units for them. */
  mayStarve(stock: StoredStock): boolean
  /** Whether so much can't be told there that nobody waits for who can't be told. */
  isMuteAt(stock: StoredStock): boolean
  /** What is wrong is felt by many more at once. */
  press(): void
}

interface Case {
  readonly name: string
  readonly excused: Excused
  readonly refusalOf?: Sick['refusalOf']
  readonly refusalOfBooks?: Sick['refusalOfBooks']
  readonly refusesSpools?: boolean
  readonly mayHalt?: Sick['mayHalt']
  /** Absent = those of stocks that are excused. */
  readonly mayStarve?: Sick['mayStarve']
  readonly isMuteAt?: Sick['isMuteAt']
  readonly press?: Sick['press']
  /** What it takes besides that it is over. */
  readonly heal: () => void
}

/** What a policy or a failing webhook answers, in the words of the port. */
const refusals = {
  403: { kind: 'notApplied', cause: 'Forbidden', reason: 'forbidden', retryAfterMs: 1_000 },
  429: { kind: 'notApplied', cause: 'TooManyRequests', reason: 'too many requests', retryAfterMs: 1_000 },
  500: { kind: 'unknown', cause: 'InternalError', reason: 'failed calling webhook' },
  422: { kind: 'notApplied', cause: 'Invalid', reason: 'denied by a policy', retryAfterMs: 1_000 },
} as const
type Refusal = (typeof refusals)[keyof typeof refusals]

/** The sickness of one world; where its kind has none, nothing ever happens. */
export function sickness(parts: SicknessParts): Sick {
  let present: Case | undefined
  /** What is healed may be found to have been sick later. */
  let last: Case | undefined
  return {
    get present() {
      return present?.name
    },
    get excused() {
      return present?.excused ?? nobody
    },
    begin() {
      present = begun(parts)
      last = present
      if (present) parts.note(`from here on: ${present.name}`)
    },
    heal() {
      present?.heal()
      if (present) parts.note(`healed: ${present.name}`)
      present = undefined
    },
    refusalOf: (reservation) => present?.refusalOf?.(reservation),
    refusalOfBooks: (stock) => present?.refusalOfBooks?.(stock),
    wasUntellable: (reservation) => last?.refusalOf?.(reservation) !== undefined,
    refusesSpools: () => present?.refusesSpools ?? false,
    mayHalt: (stock) => last?.mayHalt?.(stock) ?? false,
    mayStarve: (stock) => (present?.mayStarve ?? present?.excused.stock)?.(stock) ?? false,
    isMuteAt: (stock) => last?.isMuteAt?.(stock) ?? false,
    press: () => present?.press?.(),
  }
}

function begun(parts: SicknessParts): Case | undefined {
  switch (parts.kind.sickness) {
    case 'none':
      return undefined
    case 'topic':
      return refusedTopic(parts)
    case 'statuses':
      return refusedStatuses(parts)
    case 'nonsense':
      return nonsense(parts)
    case 'books':
      return refusedBooks(parts)
    case 'restore':
      return restore(parts)
    case 'full':
      return fullJournal(parts)
  }
}

/** The topic is missing. Whatever goes there is kept; the rest is delivered as ever. */
function refusedTopic({ random, kafka }: SicknessParts): Case {
  const topic = random.pick(['audit', 'moves', 'bakery']) as string
  kafka.refused.add(topic)
  return {
    name: `a topic that is missing (${topic})`,
    excused: { stock: ({ name }) => topic !== 'bakery' || isBakery(name), reservation: () => false },
    heal: () => kafka.refused.delete(topic),
  }
}

function codeOf({ kind, random }: SicknessParts): keyof typeof refusals {
  const codes = kind.has('policyDenials') ? ([403, 422, 429, 500] as const) : ([403, 429, 500] as const)
  return random.pick(codes) as keyof typeof refusals
}

/** The books of one stock can't be written. */
function refusedBooks(parts: SicknessParts): Case | undefined {
  const { server, random } = parts
  const stock = random.pick([...server.stocks.values()])
  if (!stock) return undefined
  const code = codeOf(parts)
  return {
    name: `books of ${stock.name} that are refused (${code})`,
    excused: around(server, ({ namespace, name }) => name === stock.name && namespace === stock.namespace),
    refusalOfBooks: ({ uid }) => (uid === stock.uid ? refusals[code] : undefined),
    heal: () => undefined,
  }
}

/** Somebody's policy or webhook keeps the statuses of one namespace, or of one stock's reservations, from being written. */
function refusedStatuses(parts: SicknessParts): Case {
  const { kind, random, server, people } = parts
  const code = codeOf(parts)
  const stock = random.chance(0.5) && !kind.muteHeads ? random.pick([...server.stocks.values()]) : undefined
  const isMeant = ({ namespace, spec }: Reservation) =>
    stock
      ? spec.items.some((item) => item.stock === stock.name && item.stockNamespace === stock.namespace)
      : namespace === OTHER_NAMESPACE
  const pressed = new Set<string>()
  const crowdAt = (at: StoredStock | undefined, called?: string) => {
    pressed.add(at?.uid ?? '')
    people.crowd(at, OTHER_NAMESPACE, called)
  }
  if (kind.crowded && !kind.muteHeads) people.crowd(stock)
  else if (!stock && !kind.muteHeads && random.chance(0.5)) crowdAt(random.pick([...server.stocks.values()]))
  return {
    name: `statuses of one ${stock ? 'stock' : 'namespace'} that are refused (${code})`,
    excused: {
      reservation: isMeant,
      stock: (one) => owesOnly(server, one, isMeant),
    },
    mayStarve: (one) => one.uid === stock?.uid,
    isMuteAt: (one) => pressed.has(one.uid),
    press() {
      if (kind.muteHeads)
        crowdAt(random.pick([...server.stocks.values()].filter(({ status }) => status?.waiting)), 'more')
    },
    refusalOf: (reservation) => (isMeant(reservation) ? refusals[code] : undefined),
    heal: () => undefined,
  }
}

/** Somebody edits an object until it says nothing that can be understood. */
function nonsense({ kind, random, server, people }: SicknessParts): Case | undefined {
  const stock = random.pick([...server.stocks.values()].filter(({ status }) => status))
  if (!stock) return undefined
  if (kind.crowded) people.crowd(stock)
  const repair: Repair = corrupt(server, random, stock)
  const isMeant = ({ namespace, name }: { namespace: string; name: string }) =>
    repair.stocks.has(keyOf(namespace, name))
  return {
    name: `nonsense in ${stock.name}: ${repair.what}`,
    excused: around(server, isMeant),
    mayHalt: isMeant,
    heal: repair.repair,
  }
}

/** A stock is deleted and comes back from a backup; an administrator accepts its books in the end. */
function restore({ random, server }: SicknessParts): Case | undefined {
  const before = random.pick([...server.stocks.values()].filter(({ openedAs, uid }) => openedAs === uid))
  const { namespace = '', name = '' } = before ?? {}
  const after = server.restoreStock(keyOf(namespace, name), random.chance(0.5))
  if (!before || !after) return undefined
  const isMeant = (stock: { namespace: string; name: string }) => stock.name === name && stock.namespace === namespace
  return {
    name: `${name} restored ${after.status ? 'with' : 'without'} its status`,
    excused: around(server, isMeant),
    mayHalt: isMeant,
    heal: () => server.acceptBooks(namespace, name),
  }
}

/** Nothing leaves the journals, one of them is full, and the terms of its stock change again and again. */
function fullJournal({ random, server, kafka, people, time }: SicknessParts): Case | undefined {
  const stock = random.pick([...server.stocks.values()].filter(({ terms }) => !terms.terminating))
  if (!stock) return undefined
  kafka.refused.add('audit')
  people.crowd(stock)
  for (let change = 0; change < TERMS_CHANGES; change += 1) {
    const quantity = stock.terms.quantity + change
    time.schedule(change * 300, () => server.changeTerms(keyOf(stock.namespace, stock.name), { quantity }))
  }
  return {
    name: `a full journal of ${stock.name}`,
    excused: { stock: () => true, reservation: () => true }, // a journal that doesn't empty stops every stock in the end
    refusesSpools: true,
    heal: () => kafka.refused.delete('audit'),
  }
}
