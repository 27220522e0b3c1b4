import type { Clock } from '../../../application/clock.ts'
import type { Fabrics } from '../../../application/network/fabrics.ts'
import { boundedTurns } from '../../../application/network/network-turns.ts'
import { pauses } from '../../../application/network/pauses.ts'
import { sharedReads } from '../../../application/shared-reads.ts'
import { type Claim, isClaimFor, type Objection } from '../../../domain/network/fabric.ts'
import {
  type Book,
  bookWith,
  isPlaced,
  type NewNetwork,
  needsOthers,
  type OtherBooks,
} from '../../../domain/network/underlay.ts'
import { ifThere } from '../api-error.ts'
import type { ResourceClient } from '../resource-client.ts'
import type { NetworkFabric } from '../resources/generated/network-fabric.ts'

export const networkFabricsResource = {
  group: 'kbnt.io',
  version: 'v1beta1',
  plural: 'networkfabrics',
  namespaced: true,
} as const

/** Five hundred networks at once have had their turns by then, where the server answers as it should. */
const WAIT_MS = 10_000
/** No fabric has no name. */
const ALL_BOOKS = ''

export interface NetworkFabricsParts {
  readonly client: Pick<ResourceClient<NetworkFabric>, 'get' | 'list' | 'create' | 'replace'>
  readonly clock: Pick<Clock, 'tick' | 'schedule'>
  /** The operator's own: nobody who deletes a network's namespace can take the book along. */
  readonly namespace: string
  /** Whose books these are, among all installs of the operator that there are. */
  readonly install: string
  /** Installs that are gone for good: their books are taken over. */
  readonly gone: readonly string[]
}

/**
 * Books of fabrics as NetworkFabric objects. Each change is a write of the exact version that it was decided on, so that
 * of two leaders only one comes through; the other throws, and decides anew at its next try. In this process the changes
 * of one fabric come one after the other, or they would be in each other's way: each is one turn, with one write at most, in
 * the order in which they came. Who has nothing to write waits for no turn. One whose write has failed pauses alone; all of a
 * fabric do where its book could not be read.
 */
export function networkFabrics({ client, clock, namespace, install, gone }: NetworkFabricsParts): Fabrics {
  const reads = pauses(clock)
  const writes = pauses(clock)
  const turns = boundedTurns(clock, WAIT_MS, reads.wordsOf)
  const isOurs = ({ spec }: NetworkFabric) => spec.install === install || gone.includes(spec.install)
  const books = lastSeen()

  function read(fabric: string): Promise<NetworkFabric | undefined> {
    return reads.attempt(fabric, async () => {
      const note = books.begin(fabric)
      const book = (await ifThere(client.get(namespace, fabric)))?.body
      note(book && bookOf(book.spec))
      return book
    })
  }

  function keep(uid: string, fabric: string, before: NetworkFabric | undefined, book: Book): Promise<void> {
    return writes.attempt(uid, async () => {
      const spec = { install, ...book }
      if (before) await client.replace({ ...before, spec })
      else
        await client.create({
          ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'NetworkFabric', metadata: { namespace, name: fabric }, spec },
        })
      books.begin(fabric)(book)
    })
  }

  /** Those that come together share one list, and none is asked for at once after one that has failed. */
  const listed = sharedReads(() => reads.attempt(ALL_BOOKS, () => client.list({ namespace })), 1)

  async function booksOfOthers(): Promise<OtherBooks> {
    const { items } = await listed(ALL_BOOKS)
    return new Map(items.filter(isOurs).map(({ metadata, spec }) => [metadata.name ?? '', spec]))
  }

  /** Of one that is in the book already, and has nothing to write; undefined = it is not, or has. */
  async function standing(
    fabric: string,
    wanted: Claim,
    newcomer: NewNetwork,
  ): Promise<{ readonly objection: Objection | undefined } | undefined> {
    const book = await read(fabric)
    if (book?.spec.install !== install || !isPlaced(book.spec, wanted)) return undefined
    if (needsOthers(fabric, book.spec, wanted, newcomer)) return undefined
    const { objection, book: after } = bookWith(fabric, book.spec, wanted, { ...newcomer, others: new Map() })
    return after ? undefined : { objection }
  }

  async function place(fabric: string, wanted: Claim, newcomer: NewNetwork): Promise<Objection | undefined> {
    const before = await read(fabric)
    if (before && !isOurs(before)) return takenBy(fabric, before.spec.install)
    const others = needsOthers(fabric, before?.spec, wanted, newcomer) ? await booksOfOthers() : new Map()
    const { objection, book } = bookWith(fabric, before?.spec, wanted, { ...newcomer, others })
    const isInherited = before !== undefined && before.spec.install !== install
    if (book || isInherited) await keep(wanted.uid, fabric, before, book ?? bookOf(before?.spec))
    return objection
  }

  /** What the book is without it; undefined = it has nothing there. */
  async function without(fabric: string, uid: string) {
    const book = await read(fabric)
    const claims = book?.spec.claims.filter((one) => one.uid !== uid) ?? []
    return book && isOurs(book) && claims.length < book.spec.claims.length ? { book, claims } : undefined
  }

  async function takeOut(fabric: string, uid: string): Promise<void> {
    const rest = await without(fabric, uid)
    if (rest) await keep(uid, fabric, rest.book, { ...bookOf(rest.book.spec), claims: rest.claims })
  }

  return {
    async claim(fabric, wanted, newcomer) {
      const stands = newcomer.isNew ? undefined : await standing(fabric, wanted, newcomer)
      return stands ? stands.objection : turns.take(fabric, () => place(fabric, wanted, newcomer))
    },
    underlay: (fabric) => books.of(fabric)?.underlay,
    isFor: (fabric, uid, namespace) => isClaimFor(books.of(fabric)?.claims ?? [], uid, namespace),
    async release(fabric, uid) {
      if (await without(fabric, uid)) await turns.take(fabric, () => takeOut(fabric, uid))
    },
    async all() {
      const { items } = await client.list({ namespace })
      return items
        .filter(isOurs)
        .flatMap(({ metadata, spec }) => spec.claims.map((one) => ({ fabric: metadata.name ?? '', claim: one })))
    },
  }
}

/** Fabrics without a book of which it is known since when: anybody can ask for one by any name. */
const MOST_MISSED = 256

/** Books as last read or written, by their fabrics; a read that was begun before another has ended says nothing new. */
function lastSeen() {
  const books = new Map<string, Book>()
  const seenBy = new Map<string, number>()
  let begun = 0
  function forgetOne(): void {
    for (const fabric of seenBy.keys()) if (!books.has(fabric)) return void seenBy.delete(fabric)
  }
  return {
    of: (fabric: string) => books.get(fabric),
    begin(fabric: string): (book: Book | undefined) => void {
      begun += 1
      const mine = begun
      return (book) => {
        if (mine < (seenBy.get(fabric) ?? 0)) return
        seenBy.set(fabric, mine)
        if (book) books.set(fabric, book)
        else books.delete(fabric)
        if (seenBy.size > books.size + MOST_MISSED) forgetOne()
      }
    },
  }
}

function bookOf(spec: NetworkFabric['spec'] | undefined): Book {
  return { claims: spec?.claims ?? [], ...(spec?.underlay && { underlay: spec.underlay }) }
}

function takenBy(fabric: string, install: string): Objection {
  const way =
    'name this fabric otherwise in the settings of one of them, or the other in leaderElection.takeOverFrom if it is gone for good'
  return { reason: 'FabricTaken', message: `the operator ${install} keeps the book of fabric ${fabric}; ${way}` }
}
