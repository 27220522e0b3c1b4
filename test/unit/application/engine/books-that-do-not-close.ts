import assert from 'node:assert/strict'
import { type Leader, leadAt } from './a-leader.ts'
import { aSite, type Site } from './a-site.ts'

export const hourMs = 3_600_000

/** What r1 holds is changed to what r2 was told in a backup: together they have more than there is. */
export async function booksThatDoNotClose(): Promise<{ site: Site; leader: Leader }> {
  const site = aSite()
  site.stock('beans', { quantity: 10 })
  const first = await leadAt(site)
  site.apply('r1', { beans: 5 }, { ttlMs: hourMs })
  site.apply('r2', { beans: 4 }, { ttlMs: hourMs })
  await site.pass(1_000)
  first.kill()
  const r2 = site.server.reservations.get('shop/r2')
  const [item] = r2?.status?.items ?? []
  if (!r2?.status || !item) throw new Error('r2 was not told')
  site.server.reservations.set('shop/r2', { ...r2, status: { ...r2.status, items: [{ ...item, quantity: 8 }] } })
  const leader = await leadAt(site, 'writer-2')
  await site.pass(15_000)
  assert.equal(site.notReady('beans'), 'BooksDoNotClose')
  return { site, leader }
}
