import { keyOf } from '../../domain/reservation/reservation.ts'
import type { Resource, ResourceIdentity } from '../../domain/resource/resource.ts'
import { msBetween, type Tick } from '../clock.ts'
import { type Outcome, recheckAfter } from '../outcome.ts'
import { hitchOf, type PatienceParts } from '../patience.ts'
import { type Sweepable, sweeper } from '../sweep.ts'
import type { Removal } from './provider.ts'
import type { Resources } from './resources.ts'

const EVERY_MS = 60_000
const LANES = 4
/** What is left comes with the next sweep. */
const MOST = 256
/** What somebody has to change does not go by itself: it is said once, and then this far apart. */
const SAY_EVERY_MS = 3_600_000

/** What one resource has of another, such as a machine an address. */
export interface Holding extends Sweepable {
  readonly holder: ResourceIdentity
  /** What makes its holder; undefined = not written down. */
  readonly provider: string | undefined
  /** Whoever deletes what it is of does not wait for that provider. */
  readonly abandoned: boolean
  /** What it is of, in words: where that can't be written others of it wait, too. */
  readonly of: string
}

export interface SweepHoldingsParts<H extends Holding> extends PatienceParts {
  /** A word from a short list for what is done. */
  readonly operation: string
  /** All there are, as last seen. */
  readonly held: () => Iterable<H>
  readonly holders: Pick<Resources<Resource>, 'find' | 'read'>
  /** Of the holders of a namespace that isn't seen nobody can say that they are gone. */
  readonly isSeen: (namespace: string) => boolean
  /** Takes away what a provider still has of a holder that is gone. */
  readonly removeRest: (holder: ResourceIdentity, holding: H) => Promise<Removal>
  /** Gives it back. Throws when nobody knows whether it came through. */
  readonly release: (holding: H) => Promise<void>
}

export interface HoldingSweep {
  /**
   * Gives back what those have that are gone without us, by a finalizer taken off or a restored backup, once their provider
   * has nothing of them; at once where what they have it of is being deleted and given up.
   */
  sweep(): Promise<Outcome>
  /** Why one that is gone still has it, in words, as of the last sweep; undefined = it is not looked at yet. */
  keptBy(holderUid: string): string | undefined
}

export function holdingSweep<H extends Holding>(parts: SweepHoldingsParts<H>): HoldingSweep {
  const { operation, held, holders, isSeen, release } = parts
  /** By the uids of holders from whom it is not taken yet. */
  const kept = new Map<string, string>()
  /** Those of them for whom somebody has to change something, by their uids. */
  const stuck = new Map<string, string>()
  let saidAt: Tick | undefined

  async function work(holding: H): Promise<boolean | 'later'> {
    const { holder, provider, abandoned } = holding
    if ((await holders.read(holder.namespace, holder.name))?.uid === holder.uid) {
      kept.set(holder.uid, 'it is there')
      return 'later'
    }
    const isSurelyGone = abandoned || provider === 'Simulated'
    const removal: Removal = isSurelyGone ? { kind: 'gone' } : await parts.removeRest(holder, holding)
    if (removal.kind === 'going') {
      const words = removal.isUnseen ? '' : 'its provider still has something of it: '
      kept.set(holder.uid, `${words}${removal.message}`)
      if (removal.isRefused) stuck.set(holder.uid, `${keyOf(holder.namespace, holder.name)}: ${removal.message}`)
      return 'later'
    }
    await release(holding)
    kept.delete(holder.uid)
    stuck.delete(holder.uid)
    return true
  }
  const giveBack = sweeper<H>({
    ...parts,
    ...{ operation, lanes: LANES, most: MOST, sharedBy: ({ of }) => of },
    work: (holding) =>
      work(holding).catch((error) => {
        kept.set(holding.holder.uid, hitchOf(error).reason)
        throw error
      }),
  })

  function sayWhoIsStuck(): void {
    const [first] = stuck.values()
    if (first === undefined) saidAt = undefined
    if (first === undefined || (saidAt !== undefined && msBetween(saidAt, parts.clock.tick()) < SAY_EVERY_MS)) return
    saidAt = parts.clock.tick()
    parts.onTrouble(`can't ${operation}; somebody has to act`, { holders: stuck.size, reason: first })
  }

  function isLost({ holder: { namespace, name, uid }, abandoned }: H): boolean {
    return isSeen(namespace) ? holders.find(keyOf(namespace, name))?.uid !== uid : abandoned
  }

  return {
    async sweep() {
      const lost = [...held()].filter(isLost)
      const uids = new Set(lost.map(({ holder }) => holder.uid))
      for (const known of [kept, stuck]) for (const uid of known.keys()) if (!uids.has(uid)) known.delete(uid)
      await giveBack(lost)
      sayWhoIsStuck()
      return recheckAfter(EVERY_MS)
    },
    keptBy: (holderUid) => kept.get(holderUid),
  }
}
