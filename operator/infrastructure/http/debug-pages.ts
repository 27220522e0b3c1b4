import { plainText, type WebAnswer } from './web-server.ts'

/** What can be looked at, those first that somebody should look at. */
export interface Inside {
  stocks(): readonly object[]
  lanes(): readonly object[]
}

/** So many are shown where no limit is asked for. */
export const SHOWN = 200
const MOST_SHOWN = 10_000
const forbidden = plainText(403, 'only asked from inside the pod: kubectl port-forward, or exec\n')
const badLimit = plainText(400, `limit is a whole number from 1 to ${MOST_SHOWN}\n`)

/** Answers `/debug/stocks` and `/debug/lanes`: names of all namespaces are in it, so nobody else on the network gets it. */
export function debugPage(inside: Inside, url: URL, from: string | undefined): WebAnswer | undefined {
  const pages: Readonly<Record<string, () => readonly object[]>> = {
    '/debug/stocks': inside.stocks,
    '/debug/lanes': inside.lanes,
  }
  const rows = pages[url.pathname]
  if (!rows) return undefined
  if (!isLoopback(from)) return forbidden
  const limit = Number(url.searchParams.get('limit') ?? SHOWN)
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST_SHOWN)) return badLimit
  const all = rows()
  const body = JSON.stringify({ total: all.length, shown: all.slice(0, limit) }, undefined, 2)
  return { status: 200, contentType: 'application/json', body: `${body}\n` }
}

/** Of IPv4, of IPv6, and of IPv4 as a socket for both says it. */
function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(::ffff:)?127[.]/.test(address))
}
