import type { Entry } from '../../../operator/domain/stock/entry.ts'
import { auditRows, type Rows } from '../../fixtures/audit-rows.ts'
import type { Intent } from './row-clients.ts'

/** What is wrong with what is stored and with what people were told, one sentence each. */
export function witnessed(rows: Rows, intents: readonly Intent[], times: ReadonlySet<number>): string[] {
  return [
    ...auditRows(rows),
    ...intents.flatMap((intent) => doneTwice(rows, intent)),
    ...intents.flatMap((intent) => toldOtherwise(rows, intent)),
    ...beyondLimits(rows, intents),
    ...atOtherTimes(rows, times),
  ]
}

function entriesOf(rows: Rows, uids: readonly string[]): Entry[] {
  return rows.entries.flatMap(({ entries }) => entries).filter(({ uid = '' }) => uids.includes(uid))
}

export function doneTwice(rows: Rows, { uids }: Intent): string[] {
  const own = entriesOf(rows, uids).filter(({ follows }) => follows === undefined)
  return (['Reserve', 'Confirm', 'Return'] as const).flatMap((verb) =>
    own.filter((entry) => entry.verb === verb).length > 1 ? [`${uids[0]}: ${verb} twice`] : [],
  )
}

export function toldOtherwise(rows: Rows, { uids, told }: Intent): string[] {
  const [uid = ''] = uids.slice(-1)
  const live = rows.claims.find(({ claim }) => claim.uid === uid)?.claim.phase
  const stands = live ?? rows.finished.find((row) => row.uid === uid)?.phase
  if (told instanceof Error) return stands ? [`${uid}: told that it failed, and it is ${stands}`] : []
  const isRefused = told?.kind === 'noStock' || told?.kind === 'halted'
  if (isRefused && stands === undefined) return []
  if (told?.kind !== 'stands') return told ? [`${uid}: told ${told.kind}, and it is ${stands}`] : []
  const { phase } = told.standing
  const mayHaveEnded = phase === 'Reserved' && stands === 'Expired'
  return phase === stands || mayHaveEnded ? [] : [`${uid}: told ${phase}, and it is ${stands}`]
}

function beyondLimits(rows: Rows, intents: readonly Intent[]): string[] {
  const consumers = new Map(intents.flatMap(({ order, uids }) => uids.map((uid) => [uid, order.about.consumer])))
  return rows.stocks.flatMap(({ uid: stock, name, terms }) => {
    const limit = terms.limits.perConsumer ?? Infinity
    const has = new Map<string, Map<string, number>>()
    const broken: string[] = []
    for (const entry of rows.entries.find((one) => one.stock === stock)?.entries ?? []) {
      const consumer = consumers.get(entry.uid ?? '')
      if (consumer === undefined) continue
      const claims = has.get(consumer) ?? new Map<string, number>()
      has.set(consumer, claims)
      const counts = entry.verb === 'Reserve' || (entry.verb === 'Confirm' && terms.reclaimPolicy === 'Return')
      if (counts || entry.verb === 'Extend') claims.set(entry.uid ?? '', entry.quantity ?? 0)
      else claims.delete(entry.uid ?? '')
      const sum = [...claims.values()].reduce((total, units) => total + units, 0)
      if (entry.verb === 'Reserve' && sum > limit) broken.push(`${name}: ${consumer} has ${sum}, limit ${limit}`)
    }
    return broken
  })
}

/** Every entry is of a moment at which the database was asked for its time. */
export function atOtherTimes(rows: Rows, times: ReadonlySet<number>): string[] {
  return rows.entries.flatMap(({ entries }) =>
    entries
      .filter(({ at }) => !times.has(Date.parse(at)))
      .map(({ verb, at }) => `${verb} at ${at}, which is no time of the database`),
  )
}
