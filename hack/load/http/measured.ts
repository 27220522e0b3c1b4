import type { Step } from '../../../config/load/scenarios.ts'
import { percentile } from '../../../test/bench/row.ts'

/** One answer. */
export interface Sample {
  readonly step: Step
  /** Since the scenario began. */
  readonly atMs: number
  /** From the request to the end of its answer. */
  readonly tookMs: number
  readonly status: number
  readonly expected: boolean
}

export interface Percentiles {
  readonly count: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly mostMs: number
}

/** A piece of the time of a scenario. */
export interface Slice {
  readonly atSeconds: number
  readonly users: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
}

/** What a scenario came to. */
export interface Measured {
  readonly seconds: number
  readonly all: Percentiles
  readonly steps: Readonly<Partial<Record<Step, Percentiles>>>
  /** How often each status was answered. */
  readonly answers: Readonly<Record<string, number>>
  /** Answers that nobody expects. */
  readonly unexpected: number
  /** Requests that got no answer: the connection broke, or it took too long. */
  readonly unanswered: number
  /** A few answers that nobody expects, as they came. */
  readonly examples: readonly string[]
  readonly slices: readonly Slice[]
}

export interface Heard {
  readonly samples: readonly Sample[]
  readonly seconds: number
  readonly unanswered: number
  readonly examples: readonly string[]
  readonly usersAt: (atMs: number) => number
}

const SLICES = 60
/** What is over sooner is looked at in tenths of a second, else in seconds at least. */
const SHORT_SECONDS = 5

export function measuredFrom({ samples, seconds, unanswered, examples, usersAt }: Heard): Measured {
  const steps = Map.groupBy(samples, ({ step }) => step)
  const answers = Map.groupBy(samples, ({ status }) => status)
  return {
    seconds,
    all: percentilesOf(samples),
    steps: Object.fromEntries([...steps].map(([step, some]) => [step, percentilesOf(some)])),
    answers: Object.fromEntries([...answers].map(([status, some]) => [status, some.length])),
    unexpected: samples.filter(({ expected }) => !expected).length,
    ...{ unanswered, examples, slices: slicesOf(samples, seconds, usersAt) },
  }
}

function percentilesOf(samples: readonly Sample[]): Percentiles {
  const took = samples.map(({ tookMs }) => tookMs)
  return {
    count: took.length,
    p50Ms: percentile(took, 0.5),
    p95Ms: percentile(took, 0.95),
    p99Ms: percentile(took, 0.99),
    mostMs: took.reduce((most, one) => Math.max(most, one), 0),
  }
}

/** Pieces of the same length; those in which nothing was answered are missing. */
function slicesOf(samples: readonly Sample[], seconds: number, usersAt: (atMs: number) => number): Slice[] {
  const lengthMs = seconds < SHORT_SECONDS ? 100 : Math.max(1_000, (seconds * 1_000) / SLICES)
  const pieces = Map.groupBy(samples, ({ atMs }) => Math.floor(atMs / lengthMs))
  return [...pieces]
    .sort(([one], [other]) => one - other)
    .map(([index, some]) => {
      const { count, p50Ms, p95Ms } = percentilesOf(some)
      const atMs = index * lengthMs
      const perSecond = (count * 1_000) / lengthMs
      return { atSeconds: atMs / 1_000, users: usersAt(atMs + lengthMs / 2), perSecond, p50Ms, p95Ms }
    })
}
