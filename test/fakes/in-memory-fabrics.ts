import type { Fabrics } from '../../operator/application/network/fabrics.ts'
import { bookAfter } from '../../operator/domain/network/book.ts'
import type { Claim } from '../../operator/domain/network/fabric.ts'

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
  const books = new Map<string, readonly Claim[]>()
  return {
    async claim(fabric, wanted, newcomer) {
      const { objection, claims } = bookAfter(fabric, books.get(fabric), wanted, newcomer)
      if (claims) books.set(fabric, claims)
      return objection
    },
    async release(fabric, uid) {
      const claims = books.get(fabric)
      if (claims)
        books.set(
          fabric,
          claims.filter((claim) => claim.uid !== uid),
        )
    },
    all: async () => [...books].flatMap(([fabric, claims]) => claims.map((claim) => ({ fabric, claim }))),
    claims: (fabric) => books.get(fabric) ?? [],
    write: (fabric, claims) => void books.set(fabric, claims),
    lose: (fabric) => void books.delete(fabric),
  }
}
