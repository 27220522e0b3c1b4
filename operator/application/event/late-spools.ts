import type { Clock } from '../clock.ts'
import { hitchOf, type PatienceParts, patience } from '../patience.ts'
import type { EventSpools, SpoolRef } from './event-spools.ts'
import type { Lanes } from './lanes.ts'

/** By then what an earlier leader sent last has arrived, or never will. */
const FIRST_MS = 60_000
const EVERY_MS = 600_000
/** Whatever this process is just storing or removing itself is done by then. */
const CERTAIN_MS = 5_000

export interface LateSpoolsParts extends PatienceParts {
  readonly clock: Clock
  readonly lanes: Lanes
  readonly spools: Pick<EventSpools, 'list'>
  readonly adopt: (stockUid: string, name: string, refs: readonly SpoolRef[]) => void
}

/**
 * Looks for spools that nobody has in hand: the last one that an earlier leader stored may have landed after its
 * successor has looked. One is taken up when two looks in a row have found it.
 */
export function lateSpools({ clock, lanes, spools, adopt, ...voices }: LateSpoolsParts): { stop(): void } {
  const tries = patience({ clock, ...voices }, { operation: 'look for late spools', fields: {} })
  let found = new Set<string>()
  let cancel = clock.schedule(FIRST_MS, () => void look())
  let stopped = false

  function isKnown({ stockUid, name }: SpoolRef): boolean {
    const lane = lanes.find(stockUid)
    return lane?.storing !== undefined || (lane?.spools.some(({ ref }) => ref.name === name) ?? false)
  }

  async function look(): Promise<void> {
    const refs = await spools.list().catch((error: unknown) => {
      tries.failed(hitchOf(error))
    })
    if (stopped) return
    if (refs) takeUp(refs.filter((ref) => !isKnown(ref)))
    cancel = clock.schedule(found.size > 0 ? CERTAIN_MS : EVERY_MS, () => void look())
  }

  function takeUp(unknown: readonly SpoolRef[]): void {
    tries.over()
    const late = Map.groupBy(
      unknown.filter(({ name }) => found.has(name)),
      ({ stockUid }) => stockUid,
    )
    for (const [stockUid, refs] of late) adopt(stockUid, lanes.find(stockUid)?.name ?? stockUid, refs)
    found = new Set(unknown.flatMap(({ name }) => (found.has(name) ? [] : [name])))
  }

  return {
    stop() {
      stopped = true
      cancel()
    },
  }
}
