import type { Phase, Scenario } from '../../../config/load/scenarios.ts'

/** Users who come and go together. */
export interface Shift {
  readonly users: number
  readonly fromMs: number
  readonly toMs: number
}

/** On a ramp users come and go in so many steps at most: one every few seconds is as good as even. */
const MOST_STEPS = 50
/** Who comes at once comes within a second, as people do: else all would think, and ask, in time with each other. */
const ARRIVAL_MS = 1_000

/**
 * The scenario over `scale` times the seconds, a burst with so many of the users and units; what is judged stays. At
 * least a second, or one unit, is left of each.
 */
export function scaled(scenario: Scenario, scale: number): Scenario {
  const { shape } = scenario
  if (shape.kind === 'burst') {
    const units = Math.max(1, Math.round(shape.units * scale))
    return { ...scenario, shape: { ...shape, units, refused: Math.round((units * shape.refused) / shape.units) } }
  }
  const phases = shape.phases.map(({ seconds, users }) => ({
    seconds: seconds === 0 ? 0 : Math.max(1, seconds * scale),
    users,
  }))
  return { ...scenario, shape: { ...shape, phases } }
}

/** Seconds that the phases take; 0 for a burst. */
export function secondsOf({ shape }: Scenario): number {
  return shape.kind === 'burst' ? 0 : shape.phases.reduce((sum, { seconds }) => sum + seconds, 0)
}

/** When each user comes and goes; who came last goes first. */
export function shiftsOf(phases: readonly Phase[]): Shift[] {
  const present: number[] = [] // when each of those who are here has come
  const shifts: Shift[] = []
  let nowMs = 0
  let users = 0
  const bring = (wanted: number, atMs: number, spreadMs: number) => {
    const more = wanted - present.length
    for (let index = 0; index < more; index += 1) present.push(atMs + (index * spreadMs) / more)
    for (const fromMs of present.splice(wanted)) if (fromMs < atMs) shifts.push({ users: 1, fromMs, toMs: atMs })
  }
  for (const phase of phases) {
    const lengthMs = phase.seconds * 1_000
    if (lengthMs === 0) bring(phase.users, nowMs, ARRIVAL_MS)
    const steps = Math.min(MOST_STEPS, Math.abs(phase.users - users))
    for (let step = 1; lengthMs > 0 && step <= steps; step += 1) {
      const wanted = Math.round(users + ((phase.users - users) * step) / steps)
      bring(wanted, nowMs + (lengthMs * step) / steps, 0)
    }
    nowMs += lengthMs
    users = phase.users
  }
  bring(0, nowMs, 0)
  return shifts.sort((one, other) => one.fromMs - other.fromMs || one.toMs - other.toMs)
}

/** How many users there are at this moment. */
export function usersAt(shifts: readonly Shift[], atMs: number): number {
  return shifts.reduce((sum, { users, fromMs, toMs }) => sum + (fromMs <= atMs && atMs < toMs ? users : 0), 0)
}

/** The most at one time. */
export function usersIn({ shape }: Scenario): number {
  return shape.kind === 'burst' ? shape.units + shape.refused : Math.max(...shape.phases.map(({ users }) => users))
}
