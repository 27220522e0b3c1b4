import type { Random } from '../../test/simulation/world/random.ts'

/** One thing that a client asks for. Confirm and release name the reservation by its number; absent = one that nobody made. */
export type Step =
  | { readonly verb: 'reserve'; readonly order: number; readonly stock: number }
  | { readonly verb: 'confirm'; readonly order: number }
  | { readonly verb: 'release'; readonly order?: number }

export interface Mix {
  readonly reserve: number
  readonly confirm: number
  readonly release: number
  /** Of the releases, those that name a reservation which does not exist. */
  readonly unknown: number
}

export const STOCKS = ['laptop', 'monitor', 'keyboard', 'headset', 'dock'] as const

/** The reference load: 18,600 operations at scale 1. */
export function mixAt(scale: number): Mix {
  const of = (count: number) => Math.round(count * scale)
  return { reserve: of(13_460), confirm: of(3_784), release: of(1_356), unknown: of(136) }
}

/**
 * The steps in the order in which clients begin them: no reservation is confirmed or released before it was asked for,
 * and none is both.
 */
export function planOf(mix: Mix, random: Random): Step[] {
  const orders = shuffled(
    Array.from({ length: mix.reserve }, (_, order) => order),
    random,
  )
  const known = mix.release - mix.unknown
  const follow = new Map<number, Step>()
  for (const order of orders.slice(0, mix.confirm)) follow.set(order, { verb: 'confirm', order })
  for (const order of orders.slice(mix.confirm, mix.confirm + known)) follow.set(order, { verb: 'release', order })
  const placed: { readonly step: Step; readonly at: number }[] = []
  for (let order = 0; order < mix.reserve; order += 1) {
    placed.push({ step: { verb: 'reserve', order, stock: random.between(0, STOCKS.length - 1) }, at: order })
    const next = follow.get(order)
    if (next) placed.push({ step: next, at: random.between(order + 1, mix.reserve) })
  }
  for (let index = 0; index < mix.unknown; index += 1)
    placed.push({ step: { verb: 'release' }, at: random.between(0, mix.reserve) })
  return placed.sort((a, b) => a.at - b.at).map(({ step }) => step)
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, rank: random.next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
