import { type Random, randomFrom } from './random.ts'

/**
 * What happens in worlds, on or off. All of it does; one that is switched off is one to which the engine has no answer
 * yet, and a run of its own (`npm run simulate -- --with name`) may switch it on.
 */
export const inWorlds = {
  moreNamespaces: true,
  manyStocks: true,
  refusedTopics: true,
  refusedStatuses: true,
  refusedBooks: true,
  policyDenials: true,
  clocksAnHourOff: true,
  nonsense: true,
  restores: true,
  termsWhileFull: true,
  limitsOfSets: true,
  toldWhileWaiting: true,
  termsAlone: true,
  unlistedNamespaces: true,
} as const satisfies Record<string, boolean>

export type Feature = keyof typeof inWorlds
export const features = Object.keys(inWorlds) as Feature[]

/**
 * safety = every process is killed before quiet is demanded, and the books must close for whoever comes then. liveness =
 * nobody is killed once the faults are gone: those who are there must come to rest.
 */
export const modes = ['safety', 'liveness'] as const
export type Mode = (typeof modes)[number]

/** What never gets well by itself while a world lives; healed only after the rest has been seen at rest. */
export type Sickness = 'none' | 'topic' | 'statuses' | 'books' | 'nonsense' | 'restore' | 'full'

export interface WorldKind {
  readonly mode: Mode
  readonly sickness: Sickness
  readonly stocks: number
  readonly moreNamespaces: boolean
  /** Very many ask at once where something is wrong. */
  readonly crowded: boolean
  /** Whoever wants several stocks at once asks for them several times at once. */
  readonly hasty: boolean
  /** Whoever wants several stocks at once waits for them, so that lines are of many who stand in several. */
  readonly patient: boolean
  /** First in every strict line stands one to whom nothing can be told. */
  readonly muteHeads: boolean
  /** How far clocks may be set off. */
  readonly clockOffsetsMs: readonly number[]
  /** A namespace that some leaders may not list at first; undefined = none. */
  readonly unlisted: string | undefined
  readonly has: (feature: Feature) => boolean
}

const FEW_STOCKS = 4
const MANY_STOCKS = 64
const HOUR_MS = 3_600_000
const usualOffsets = [0, 0, 2_000, -2_000, 30_000, -30_000]

const featureOf: Partial<Record<Sickness, Feature>> = {
  topic: 'refusedTopics',
  statuses: 'refusedStatuses',
  books: 'refusedBooks',
  nonsense: 'nonsense',
  restore: 'restores',
  full: 'termsWhileFull',
}

/** What the world of a seed is like; drawn apart from what happens in it, so that a new kind leaves old worlds alone. */
export function worldKind(seed: number, mode?: Mode, extra: ReadonlySet<Feature> = new Set()): WorldKind {
  const random = randomFrom(Math.imul(seed, 0x9e3779b1) ^ 0x51ed)
  const has = (feature: Feature) => inWorlds[feature] || extra.has(feature)
  const drawn = random.pick(modes) as Mode
  const stocks = random.chance(0.03) && has('manyStocks') ? MANY_STOCKS : FEW_STOCKS
  const sickness = sicknessOf(random, has)
  const moreNamespaces = random.chance(0.3) && has('moreNamespaces')
  const kind = {
    mode: mode ?? drawn,
    ...{ sickness, stocks, moreNamespaces },
    crowded: random.chance(0.1),
    clockOffsetsMs: random.chance(0.3) && has('clocksAnHourOff') ? [...usualOffsets, HOUR_MS, -HOUR_MS] : usualOffsets,
    hasty: random.chance(0.15),
    patient: random.chance(0.2),
    unlisted: random.chance(0.25) && has('unlistedNamespaces') ? unlistedOf(random, moreNamespaces) : undefined,
    has,
  }
  const muteHeads = random.chance(0.04) && kind.mode === 'liveness' && has('refusedStatuses')
  return muteHeads ? { ...kind, muteHeads, sickness: 'statuses', unlisted: undefined } : { ...kind, muteHeads }
}

function unlistedOf(random: Random, moreNamespaces: boolean): string {
  return random.pick(moreNamespaces ? ['team', 'market', 'market', 'shop'] : ['team', 'team', 'shop']) as string
}

function sicknessOf(random: Random, has: (feature: Feature) => boolean): Sickness {
  const drawn = random.chance(0.5)
    ? (random.pick([
        'topic',
        'topic',
        'statuses',
        'statuses',
        'books',
        'nonsense',
        'restore',
        'restore',
        'full',
      ]) as Sickness)
    : 'none'
  const feature = featureOf[drawn]
  return feature && has(feature) ? drawn : 'none'
}
