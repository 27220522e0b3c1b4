import { decideTerms } from '../../../domain/stock/decide-terms.ts'
import type { StoredStock } from '../../ledger/stock-ledger.ts'
import { decided, decideOrphaned, LEAP, whyNotAccepted } from './decide-stock-row.ts'
import type { Adoption, LedRow, LockedStock } from './stock-rows.ts'

interface Circumstances {
  /** The number of the latest entry that was seen of it. */
  readonly seen: number
  readonly cluster?: string
}

/**
 * Opens a stock, whose object was restored under another uid, with what is out of the one that it was before, because
 * somebody accepts that; the former one is closed with nothing out. Undefined = there is no row of that. A sentence = why not.
 */
export function decideAdopted(
  { row: former, at, sums }: LockedStock,
  { uid, namespace, name, terms, generation }: Pick<StoredStock, 'uid' | 'namespace' | 'name' | 'terms' | 'generation'>,
  { seen, cluster }: Circumstances,
): Adoption | string | undefined {
  if (!former || !sums) return undefined
  if (former.namespace !== namespace || former.name !== name)
    return `it was opened as ${former.namespace}/${former.name} (uid ${former.uid}), and has no books of its own: it is a copy; delete it, and create it without the annotation kbnt.io/opened`
  const objection = whyNotAccepted(former, sums)
  if (objection !== undefined) return objection
  const sequence = Math.max(seen, former.known, former.balances.sequence) + LEAP - 1
  const row: LedRow = { ...former, uid, terms, generation, state: 'Open', known: 0 }
  const drafts = decideTerms(former.balances, former.terms, terms)
  const opened = decided(
    { ...row, balances: { ...former.balances, sequence } },
    [{ verb: 'Recount', quantity: 0 }, ...drafts],
    at,
  )
  return {
    opened: { ...opened, generation, ...(cluster !== undefined && { cluster }) },
    former: emptied(former, at),
  }
}

/** Nothing of it is out any more, and nobody opens it again. */
function emptied(former: LedRow, at: number): Adoption['former'] {
  const balances = { ...former.balances, reserved: 0, confirmed: 0 }
  const nothing = { ...former, balances, ceiling: 0 }
  return decideOrphaned(nothing, at) ?? { row: nothing, told: [], countsConsumers: false }
}
