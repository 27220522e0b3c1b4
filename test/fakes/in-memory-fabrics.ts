import type { Fabrics } from '../../operator/application/network/fabrics.ts'
import { type Claim, isClaimFor } from '../../operator/domain/network/fabric.ts'
import { type Book, bookWith } from '../../operator/domain/network/underlay.ts'

/** Books of fabrics in memory. */
export interface InMemoryFabrics extends Fabrics {
  /** What is claimed of one. */
  claims(fabric: string): readonly Claim[]
  /** Somebody deleted the book. */
  lose(fabric: string): void
  /** Somebody wrote it by hand. */
  write(fabric: string, claims: readonly Claim[]): void
}

export function inMemoryFabrics(): InMemoryFabrics {
  const books = new Map<string, Book>()
  return {
    async claim(fabric, wanted, newcomer) {
      const { objection, book } = bookWith(fabric, books.get(fabric), wanted, { ...newcomer, others: books })
      if (book) books.set(fabric, book)
      return objection
    },
    async release(fabric, uid) {
      const book = books.get(fabric)
      if (book) books.set(fabric, { ...book, claims: book.claims.filter((claim) => claim.uid !== uid) })
    },
    all: async () => [...books].flatMap(([fabric, { claims }]) => claims.map((claim) => ({ fabric, claim }))),
    underlay: (fabric) => books.get(fabric)?.underlay,
    isFor: (fabric, uid, namespace) => isClaimFor(books.get(fabric)?.claims ?? [], uid, namespace),
    claims: (fabric) => books.get(fabric)?.claims ?? [],
    write: (fabric, claims) => void books.set(fabric, { ...books.get(fabric), claims }),
    lose: (fabric) => void books.delete(fabric),
  }
}
