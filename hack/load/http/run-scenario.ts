import type { Scenario } from '../../../config/load/scenarios.ts'
import { randomFrom } from '../../../test/simulation/world/random.ts'
import { drive, type LoadPlace, type Progress } from './drive.ts'
import { verdictsOf } from './limits.ts'
import { openStocks } from './open-stocks.ts'
import { usersIn } from './plan.ts'
import type { ScenarioResult } from './result.ts'

export interface ScenarioRun {
  readonly name: string
  readonly scenario: Scenario
  readonly place: LoadPlace
  /** Told when its stocks are open and the users come, and about once a second from then on. */
  readonly progress: (heard: Progress) => void
}

/** More than any scenario sells. */
const PLENTY = 1_000_000
/** The same steps each time; what differs between two runs is the machine's. */
const SEED = 1

/** Makes the stocks of a scenario, lets its users come, and judges. Throws when the stocks can't be made. */
export async function runScenario({ name, scenario, place, progress }: ScenarioRun): Promise<ScenarioResult> {
  const run = `${name}-${Date.now().toString(36)}`
  const stocks = Array.from({ length: scenario.stocks }, (_, index) => `${run}-stock-${index + 1}`)
  await openStocks(place, stocks, scenario.shape.kind === 'burst' ? scenario.shape.units : PLENTY)
  const measured = await drive({ scenario, place, stocks, name: run, random: randomFrom(SEED).next, progress })
  return {
    ...{ scenario: name, what: scenario.what, gateways: place.urls.length, users: usersIn(scenario) },
    ...{ measured, verdicts: verdictsOf(scenario, measured) },
  }
}
