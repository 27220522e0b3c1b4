import { msBetween, type Tick } from '../clock.ts'
import { type Hitch, type Patience, type PatienceParts, patience } from '../patience.ts'

/** Which namespaces' statuses can't be written at present, and what was said of it. */
export interface NamespaceHealth {
  failed(namespace: string, hitch: Hitch): void
  worked(namespace: string): void
  /** Whether nothing has worked there since its first failure. */
  isDoubtful(namespace: string): boolean
  /** The same for some seconds: no mere hiccup. */
  isFailing(namespace: string): boolean
}

const OPERATION = 'tell reservations'
/** Failures for so long are a state, not an accident. */
const FAILING_MS = 3_000
/** A namespace that has had no failure for so long is forgotten, with what was said of it. */
const FORGET_MS = 60_000
/** More causes than this are counted as one, for a policy may give any word. */
const CAUSES = 8

interface Trouble {
  since: Tick | undefined
  last: Tick
  readonly byCause: Map<string, Patience>
}

export function namespaceHealth(parts: PatienceParts): NamespaceHealth {
  const { clock } = parts
  const troubles = new Map<string, Trouble>()

  function forgetOld(): void {
    for (const [namespace, { last }] of troubles)
      if (msBetween(last, clock.tick()) >= FORGET_MS) troubles.delete(namespace)
    if (troubles.size > 0) clock.schedule(FORGET_MS, forgetOld)
  }

  function troubleIn(namespace: string): Trouble {
    const known = troubles.get(namespace)
    if (known) return known
    if (troubles.size === 0) clock.schedule(FORGET_MS, forgetOld)
    const trouble: Trouble = { since: undefined, last: clock.tick(), byCause: new Map() }
    troubles.set(namespace, trouble)
    return trouble
  }

  return {
    failed(namespace, hitch) {
      const trouble = troubleIn(namespace)
      trouble.last = clock.tick()
      trouble.since ??= trouble.last
      const { byCause } = trouble
      const cause = byCause.has(hitch.cause) || byCause.size < CAUSES ? hitch.cause : 'Other'
      const said = byCause.get(cause) ?? patience(parts, { operation: OPERATION, fields: { namespace } })
      byCause.set(cause, said)
      said.failed({ ...hitch, cause })
    },
    worked(namespace) {
      const trouble = troubles.get(namespace)
      if (trouble) trouble.since = undefined // what was said stays: where some fail, each success would have it said anew
    },
    isDoubtful: (namespace) => troubles.get(namespace)?.since !== undefined,
    isFailing(namespace) {
      const since = troubles.get(namespace)?.since
      return since !== undefined && msBetween(since, clock.tick()) >= FAILING_MS
    },
  }
}
