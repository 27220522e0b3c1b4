import { type Clock, msBetween, type Tick } from '../clock.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'

/** What another install's lease says at this moment. */
export interface InstallLease {
  /** The process that holds it, ending with the name under which it writes books; empty = it was given back. */
  readonly holder: string
  /** Another one after each renewal. */
  readonly renewal: string
  readonly durationMs: number
}

export interface Installs {
  /** Undefined = it has none (any more). Throws what the API server refuses. */
  leaseOf(install: string): Promise<InstallLease | undefined>
}

export interface OtherInstallsParts {
  readonly clock: Pick<Clock, 'tick'>
  readonly installs: Installs
  /** This one: namespace/name of its lease. */
  readonly own: string
  /** Those that are known to be gone, whatever can be seen of them. */
  readonly gone: readonly string[]
}

/** Keeps two installs of the operator from leading the same stocks. */
export interface OtherInstalls {
  /** Says which install decides for some of these stocks, and which; undefined = none that is alive. */
  serving(stocks: Iterable<StoredStock>): Promise<string | undefined>
}

/** What one install says that it decides for. */
interface Claim {
  readonly namespaces: Set<string>
  /** The processes that wrote these stocks last. */
  readonly writers: Set<string>
}

interface Sighting {
  readonly holder: string
  readonly holderSince: Tick
  readonly renewal: string
  readonly renewedAt: Tick
}

/** A lease that nobody has renewed for so long, or for twice its own duration, has nobody who leads; who holds one leads within this time, or waits. */
const PATIENCE_MS = 30_000
/** One that was given back is taken by the next replica within seconds, where there is one. */
const GIVEN_BACK_MS = 10_000
const NAMED = 5
/** Namespace and name of a lease; of anything else nobody is alive. */
const namesInstall = /^[-a-z0-9]+\/[-a-z0-9]+$/

/**
 * Each stock says which install wrote it last. Whoever finds one of an install that is alive leads nothing: two leaders
 * would take each other's stocks away, and end, again and again. Where both wait for one another, as after such a fight, the
 * one goes on whose name comes first.
 */
export function otherInstalls({ clock, installs, own, gone }: OtherInstallsParts): OtherInstalls {
  const seen = new Map<string, Sighting>()

  function look(install: string, { holder, renewal }: InstallLease): Sighting {
    const now = clock.tick()
    const before = seen.get(install)
    const sighting = {
      ...{ holder, holderSince: before?.holder === holder ? before.holderSince : now },
      ...{ renewal, renewedAt: before?.renewal === renewal ? before.renewedAt : now },
    }
    seen.set(install, sighting)
    return sighting
  }

  async function isAlive(install: string, { writers }: Claim): Promise<boolean> {
    const lease = await installs.leaseOf(install)
    if (!lease) return false
    const { renewedAt, holderSince } = look(install, lease)
    const goneAfterMs = lease.holder === '' ? GIVEN_BACK_MS : Math.max(PATIENCE_MS, 2 * lease.durationMs)
    if (msBetween(renewedAt, clock.tick()) >= goneAfterMs) return false
    const leads = [...writers].some((writer) => lease.holder.endsWith(writer))
    const mayYetLead = msBetween(holderSince, clock.tick()) < PATIENCE_MS
    return leads || mayYetLead || install < own
  }

  return {
    async serving(stocks) {
      for (const [install, claim] of claimsOfOthers(stocks, own)) {
        if (gone.includes(install)) continue
        try {
          if (await isAlive(install, claim)) return textOf(install, claim)
        } catch (error) {
          return `${textOf(install, claim)}; whether that is still alive can't be seen: ${(error as Error).message}`
        }
      }
      return undefined
    },
  }
}

function claimsOfOthers(stocks: Iterable<StoredStock>, own: string): Map<string, Claim> {
  const claims = new Map<string, Claim>()
  for (const { namespace, status } of stocks) {
    const { servedBy: install = own } = status ?? {}
    if (!status || install === own || !namesInstall.test(install)) continue
    const claim = claims.get(install) ?? { namespaces: new Set(), writers: new Set() }
    claims.set(install, claim)
    claim.namespaces.add(namespace)
    claim.writers.add(status.ledger.writer)
  }
  return claims
}

function textOf(install: string, { namespaces }: Claim): string {
  const names = [...namespaces].sort()
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return `the operator ${install} serves stocks of ${names.slice(0, NAMED).join(', ')}${more}`
}
