import { type ClusterSite, openClusterSite } from './cluster-site.ts'

/** Building everything takes about 25 minutes on two cores, once for a machine. */
const OPEN_WITHIN_MS = 45 * 60_000
const CLOSE_WITHIN_MS = 60_000

let site: ClusterSite | undefined

// Of all files that look at the cluster together: it starts before the first of their tests, and ends after the last.
before('a cluster of one node', async function () {
  this.timeout(OPEN_WITHIN_MS)
  site = await openClusterSite()
})
after('the end of the cluster', async function () {
  this.timeout(CLOSE_WITHIN_MS)
  await site?.close()
})

/** The cluster of this run, which every file leaves as it was, but for the kinds. Throws before the first test. */
export function sharedSite(): ClusterSite {
  if (!site) throw new Error('the cluster starts before the first test, not when files are loaded')
  return site
}
