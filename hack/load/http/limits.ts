import type { Scenario } from '../../../config/load/scenarios.ts'
import type { Measured } from './measured.ts'

/** One limit, and how it was kept. */
export interface Verdict {
  readonly what: string
  readonly wanted: string
  readonly found: string
  readonly kept: boolean
}

/** Every limit of the scenario, in the order in which people ask. */
export function verdictsOf({ shape, limits }: Scenario, measured: Measured): Verdict[] {
  const { all, answers } = measured
  const failed = measured.unexpected + measured.unanswered
  const asked = all.count + measured.unanswered
  const share = asked === 0 ? 1 : failed / asked
  const latency = (what: string, wantedMs: number | undefined, foundMs: number): Verdict[] => {
    if (wantedMs === undefined) return []
    const found = all.count === 0 ? 'no answer' : `${foundMs.toFixed(0)} ms`
    return [{ what, wanted: `< ${wantedMs} ms`, found, kept: all.count > 0 && foundMs < wantedMs }]
  }
  const exactly = (status: number, wanted: number): Verdict => {
    const found = answers[status] ?? 0
    return { what: `answers ${status}`, wanted: `exactly ${wanted}`, found: `${found}`, kept: found === wanted }
  }
  return [
    ...(shape.kind === 'burst' ? [exactly(200, shape.units), exactly(409, shape.refused)] : []),
    ...latency('P95', limits.p95Ms, all.p95Ms),
    ...latency('P99', limits.p99Ms, all.p99Ms),
    {
      ...{ what: 'errors', wanted: `< ${percent(limits.errorShare)}`, kept: share < limits.errorShare },
      found: asked === 0 ? 'nothing was asked' : `${percent(share)} (${failed} of ${asked})`,
    },
  ]
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(3))} %`
}
