import { LATE_MS } from '../../operator/application/audit/audit-rows.ts'
import { keyOf } from '../../operator/domain/reservation/reservation.ts'
import { kubernetesClient } from '../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../operator/infrastructure/kubernetes/kube-config.ts'
import { resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import type { VirtualStock } from '../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { stockFromResource, virtualStocks } from '../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'
import type { ConnectionOptions } from '../../operator/infrastructure/postgres/connection.ts'
import { readRowFacts } from '../../operator/infrastructure/postgres/read-row-facts.ts'

/** The books of a stock, as of one of its decisions. */
export interface LiveStock {
  /** Where they are, in words. */
  readonly books: string
  /** `namespace/name`. */
  readonly about: string
  readonly uid: string
  readonly sequence: number
  /** Everything up to this one has been told to the topic, as far as is known. */
  readonly told: number
  readonly quantity: number
  readonly reserved: number
  readonly confirmed: number
}

/** What objects say. One of which nothing was decided yet is left out. */
export async function liveObjects(kubeconfig: string | undefined): Promise<LiveStock[]> {
  const client = kubernetesClient({ kubeConfig: readKubeConfig(kubeconfig, process.env), userAgent: 'kbnt-replay' })
  try {
    const { items } = await resourceClient<VirtualStock>(client, virtualStocks).list()
    return items.map(stockFromResource).flatMap(({ namespace, name, uid, status }) => {
      if (!status || status.ledger.sequence === 0 || status.ledger.format === 0) return []
      const { quantity, reserved, confirmed, ledger } = status
      // of books in a database the object is a mirror, and says nothing of what was told
      const told = ledger.kind === 'Postgres' ? 0 : (ledger.pending[0]?.sequence ?? ledger.sequence + 1) - 1
      const about = keyOf(namespace, name)
      return [
        { ...{ books: 'its status', about, uid, told }, sequence: ledger.sequence, quantity, reserved, confirmed },
      ]
    })
  } finally {
    await client.close()
  }
}

/** What the rows of a database say. */
export async function liveRows(connection: ConnectionOptions): Promise<LiveStock[]> {
  const { stocks } = await readRowFacts({ connection, database: 'default', lateMs: LATE_MS })
  return stocks.map(({ uid, namespace, name, sequence, quantity, reserved, confirmed, outbox }) => {
    const about = keyOf(namespace, name)
    return { ...{ books: 'its row', about, uid, sequence, quantity, reserved, confirmed }, told: outbox.delivered }
  })
}

/** What a history says of one decision. */
export interface KeptBalances {
  readonly quantity: number
  readonly reserved: number
  readonly confirmed: number
}

export interface KeptHistory {
  /** The newest decision that is known; undefined = none is. */
  last(uid: string): Promise<number | undefined>
  at(uid: string, sequence: number): Promise<KeptBalances | undefined>
}

/** What of the live books, read before the topic, is not what the history says; one sentence for each stock. */
export async function differences(history: KeptHistory, stocks: readonly LiveStock[]): Promise<string[]> {
  const found: string[] = []
  for (const stock of stocks) {
    const said = await differenceOf(history, stock)
    if (said !== undefined) found.push(`${stock.about}: ${said}`)
  }
  return found
}

async function differenceOf(history: KeptHistory, stock: LiveStock): Promise<string | undefined> {
  const { books, uid, sequence, told } = stock
  const last = (await history.last(uid)) ?? 0
  if (last < told) return `its history ends at decision ${last}, and ${books} says that ${told} was told to the topic`
  const kept = await history.at(uid, sequence)
  if (!kept) return undefined // not told yet, or before the history begins
  const wrong = (['quantity', 'reserved', 'confirmed'] as const).filter((name) => kept[name] !== stock[name])
  if (wrong.length === 0) return undefined
  const each = wrong.map((name) => `${name} ${kept[name]} and ${stock[name]}`).join(', ')
  return `after decision ${sequence} its history and ${books} say ${each}`
}
