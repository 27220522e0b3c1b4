import type { Verdict } from './limits.ts'
import type { Measured } from './measured.ts'

/** What one scenario came to with so many gateways. */
export interface ScenarioResult {
  readonly scenario: string
  readonly what: string
  readonly gateways: number
  /** The most at one time. */
  readonly users: number
  readonly measured: Measured
  readonly verdicts: readonly Verdict[]
}

/** What the audit found when all was done. */
export interface Books {
  /** undefined = nobody could look. */
  readonly closed: boolean | undefined
  readonly lines: readonly string[]
}

/** A whole run, as its JSON file keeps it. */
export interface LoadResult {
  /** Rises when older files can't be compared any more. */
  readonly format: 1
  readonly at: string
  readonly machine: string
  readonly scale: number
  readonly results: readonly ScenarioResult[]
  readonly books: Books
}

export function isKept({ verdicts }: ScenarioResult): boolean {
  return verdicts.every(({ kept }) => kept)
}

/** The same scenario with as many gateways; undefined where that run had none. */
export function sameIn(result: LoadResult | undefined, wanted: ScenarioResult): ScenarioResult | undefined {
  return result?.results.find(({ scenario, gateways }) => scenario === wanted.scenario && gateways === wanted.gateways)
}

/** The result that a JSON file keeps; undefined where it is of something else. */
export function loadResultFrom(text: string): LoadResult | undefined {
  try {
    const read = JSON.parse(text) as Partial<LoadResult> | null
    return read?.format === 1 && Array.isArray(read.results) ? (read as LoadResult) : undefined
  } catch {
    return undefined
  }
}
