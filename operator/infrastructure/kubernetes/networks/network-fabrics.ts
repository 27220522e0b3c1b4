import type { Clock } from '../../../application/clock.ts'
import type { Fabrics } from '../../../application/network/fabrics.ts'
import { networkTurns } from '../../../application/network/network-turns.ts'
import type { Claim, Objection } from '../../../domain/network/fabric.ts'
import {
  type Book,
  bookWith,
  isPlaced,
  type NewNetwork,
  type OtherBooks,
  type Underlay,
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
 * the order in which they came. Where the book is slow, or a write has failed, nobody waits for long.
 */
export function networkFabrics({ client, clock, namespace, install, gone }: NetworkFabricsParts): Fabrics {
  const turns = networkTurns(clock, WAIT_MS)
  const isOurs = ({ spec }: NetworkFabric) => spec.install === install || gone.includes(spec.install)

  /** As last read. */
  const underlays = new Map<string, Underlay>()

  async function read(fabric: string): Promise<NetworkFabric | undefined> {
    const book = (await ifThere(client.get(namespace, fabric)))?.body
    if (book?.spec.underlay) underlays.set(fabric, book.spec.underlay)
    else underlays.delete(fabric)
    return book
  }

  async function keep(fabric: string, before: NetworkFabric | undefined, book: Book): Promise<void> {
    const spec = { install, ...book }
    if (before) await client.replace({ ...before, spec })
    else
      await client.create({
        ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'NetworkFabric', metadata: { namespace, name: fabric }, spec },
      })
    if (book.underlay) underlays.set(fabric, book.underlay)
  }

  async function booksOfOthers(): Promise<OtherBooks> {
    const { items } = await client.list({ namespace })
    return new Map(items.filter(isOurs).map(({ metadata, spec }) => [metadata.name ?? '', spec]))
  }

  async function claim(fabric: string, wanted: Claim, newcomer: NewNetwork): Promise<Objection | undefined> {
    const before = await read(fabric)
    if (before && !isOurs(before)) return takenBy(fabric, before.spec.install)
    const others: OtherBooks = before && isPlaced(before.spec, wanted) ? new Map() : await booksOfOthers()
    const { objection, book } = bookWith(fabric, before?.spec, wanted, { ...newcomer, others })
    const isInherited = before !== undefined && before.spec.install !== install
    if (book || isInherited) await keep(fabric, before, book ?? bookOf(before?.spec))
    return objection
  }

  async function release(fabric: string, uid: string): Promise<void> {
    const book = await read(fabric)
    if (!book || !isOurs(book)) return
    const claims = book.spec.claims.filter((one) => one.uid !== uid)
    if (claims.length < book.spec.claims.length) await keep(fabric, book, { ...bookOf(book.spec), claims })
  }

  return {
    claim: (fabric, wanted, newcomer) => turns.take(fabric, () => claim(fabric, wanted, newcomer)),
    underlay: (fabric) => underlays.get(fabric),
    release: (fabric, uid) => turns.take(fabric, () => release(fabric, uid)),
    async all() {
      const { items } = await client.list({ namespace })
      return items
        .filter(isOurs)
        .flatMap(({ metadata, spec }) => spec.claims.map((one) => ({ fabric: metadata.name ?? '', claim: one })))
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
