import type { ClaimRow } from '../../operator/application/rows/row-books.ts'

/** The oldest first. */
export function lateAmong(claims: readonly ClaimRow[], now: number): ClaimRow[] {
  const late = claims.filter(({ claim }) => claim.phase === 'Reserved' && claim.deadline <= now)
  return late.sort((a, b) => a.claim.deadline - b.claim.deadline)
}

/** All lines of those that are over and have all their stocks among `stocks`; each home has its share of `limit`. */
export function wholeHolds(
  claims: readonly ClaimRow[],
  late: readonly ClaimRow[],
  stocks: readonly string[],
  limit: number,
): ClaimRow[] {
  const share = Math.ceil(limit / Math.max(1, stocks.length))
  const isHere = ({ stock, claim: { follows, lines = [] } }: ClaimRow) =>
    follows === undefined && [stock, ...lines.map(({ stockUID }) => stockUID)].every((uid) => stocks.includes(uid))
  const homes = [...Map.groupBy(late.filter(isHere), ({ stock }) => stock).values()]
  const uids = new Set(homes.flatMap((of) => of.slice(0, share).map(({ claim }) => claim.uid)))
  return claims.filter(({ claim }) => uids.has(claim.uid))
}
