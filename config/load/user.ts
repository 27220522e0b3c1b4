import type { Scenario, Step } from './scenarios.ts'
import { isExpected, type LoadRequest, requestOf, stepAt } from './steps.ts'

/** One of the users of a scenario, who makes one request after the other. */
export interface LoadUser {
  /** What it asks for next. */
  next(): { readonly step: Step; readonly request: LoadRequest }
  /** Takes the answer to that in; true = it is one that the scenario expects. */
  answered(status: number, body: string): boolean
}

export interface UserParts {
  readonly scenario: Scenario
  readonly namespace: string
  /** Those that were made for the scenario. */
  readonly stocks: readonly string[]
  /** No other user of any run has it; small letters, digits and -. */
  readonly name: string
  /** From 0 up to, but not including, 1. */
  readonly random: () => number
}

/** What a user remembers is bounded; older holds run out by themselves. */
const MOST_HOLDS = 20

export function loadUser({ scenario, namespace, stocks, name, random }: UserParts): LoadUser {
  const holds: string[] = []
  let latest: string | undefined
  let current: Step = 'listStocks'
  let count = 0

  /** Reads stay reads and writes stay writes where there is no reservation yet. */
  function possible(step: Step): Step {
    if (step === 'readReservation' && latest === undefined) return 'readStock'
    if ((step === 'confirm' || step === 'release') && holds.length === 0) return 'reserve'
    return step
  }

  return {
    next() {
      count += 1
      current = possible(stepAt(scenario.mix, random()))
      const reservation = current === 'readReservation' ? latest : holds[0]
      if (current === 'confirm' || current === 'release') holds.shift()
      const stock = stocks[Math.floor(random() * stocks.length)] ?? 'none'
      const turn = { namespace, stock, reservation, key: `${name}-${count}`, count }
      return { step: current, request: requestOf(current, turn) }
    },
    answered(status, body) {
      const expected = isExpected(current, status, scenario.shape.kind === 'burst')
      if (current !== 'reserve' || status !== 200) return expected
      const made = reservationIn(body)
      if (made === undefined) return false // whoever answered is no gateway
      latest = made
      holds.push(made)
      if (holds.length > MOST_HOLDS) holds.shift()
      return expected
    },
  }
}

function reservationIn(body: string): string | undefined {
  try {
    const { reservationId } = JSON.parse(body) as { readonly reservationId?: unknown }
    return typeof reservationId === 'string' ? reservationId : undefined
  } catch {
    return undefined
  }
}
