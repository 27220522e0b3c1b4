/**
 * The same scenarios for k6 (https://k6.io), for people who have it; nothing of the project needs it. k6 from 1.0 on runs
 * this file as it is:
 *
 *   k6 run -e URL=https://gateway.example.com -e TOKEN="$(kubectl create token shop)" -e NAMESPACE=load \
 *     -e SCENARIO=mixed config/load/k6.ts
 */
import { check, fail, sleep } from 'k6'
import exec from 'k6/execution'
import http from 'k6/http'
import { Counter } from 'k6/metrics'
import type { Options } from 'k6/options'
import { type Scenario, type Step, scenarios } from './scenarios.ts'
import { type LoadRequest, newStock } from './steps.ts'
import { type LoadUser, loadUser } from './user.ts'

const { URL: url = 'http://127.0.0.1:8080', TOKEN: token = '', NAMESPACE: namespace = 'load' } = __ENV
const name = __ENV['SCENARIO'] ?? 'baseline'
const scenario = scenarioNamed(name)
const { shape, limits } = scenario
/** More than any scenario sells. */
const PLENTY = 1_000_000

const unexpected = new Counter('unexpected_answers')
const granted = new Counter('granted')
const refused = new Counter('refused')

export const options: Options = {
  // a refusal of the burst is an answer like any other; what is not expected is counted by the check
  thresholds: {
    checks: [`rate>${1 - limits.errorShare}`],
    ...(shape.kind === 'burst' && {
      granted: [`count==${shape.units}`],
      refused: [`count==${shape.refused}`],
    }),
    // of the users alone, without what made the stocks
    [`http_req_duration{scenario:${name}}`]: [
      ...(limits.p95Ms === undefined ? [] : [`p(95)<${limits.p95Ms}`]),
      ...(limits.p99Ms === undefined ? [] : [`p(99)<${limits.p99Ms}`]),
    ],
  },
  scenarios: {
    [name]:
      shape.kind === 'burst'
        ? { executor: 'per-vu-iterations', vus: shape.units + shape.refused, iterations: 1 }
        : {
            executor: 'ramping-vus',
            startVUs: 0,
            stages: shape.phases.map(({ seconds, users }) => ({ duration: `${seconds}s`, target: users })),
          },
  },
}

interface Prepared {
  readonly run: string
  readonly stocks: readonly string[]
}

/** Makes the stocks; they stay, as do the reservations. */
export function setup(): Prepared {
  const run = `${name}-${Date.now().toString(36)}`
  const stocks = Array.from({ length: scenario.stocks }, (_, index) => `${run}-stock-${index + 1}`)
  for (const stock of stocks) {
    const turn = { namespace, stock, reservation: undefined, key: stock, count: 0 }
    const { status, body } = send('createStock', newStock(turn, shape.kind === 'burst' ? shape.units : PLENTY))
    if (status !== 201) fail(`stock ${stock} was not opened: ${url} answered ${status}: ${body}`)
  }
  return { run, stocks }
}

/** k6 gives each user a copy of this module, so that this is the user's own. */
let user: LoadUser | undefined

/** A second of a user, or the one order of a burst. */
// biome-ignore lint/style/noDefaultExport: k6 calls what a script exports by default
export default function turn({ run, stocks }: Prepared): void {
  user ??= loadUser({ scenario, namespace, stocks, name: `${run}-${exec.vu.idInTest}`, random: Math.random })
  const began = Date.now()
  for (let left = shape.kind === 'burst' ? 1 : shape.perSecond; left > 0; left -= 1) ask(user)
  if (shape.kind === 'phases') sleep(Math.max(0, 1 - (Date.now() - began) / 1_000))
}

function ask(by: LoadUser): void {
  const { step, request } = by.next()
  const { status, body } = send(step, request)
  const expected = by.answered(status, body)
  check(status, { [`${step} is answered as expected`]: () => expected })
  if (!expected) unexpected.add(1, { step, status: `${status}` })
  if (shape.kind === 'burst' && status === 200) granted.add(1)
  if (shape.kind === 'burst' && status === 409) refused.add(1)
}

function send(
  step: Step,
  { method, path, headers, body }: LoadRequest,
): { readonly status: number; readonly body: string } {
  const all = { ...headers, authorization: `Bearer ${token}` }
  const answer = http.request(method, url + path, body ?? null, { headers: all, timeout: '60s', tags: { name: step } })
  return { status: answer.status, body: typeof answer.body === 'string' ? answer.body : '' }
}

function scenarioNamed(wanted: string): Scenario {
  const found = Object.entries(scenarios).find(([known]) => known === wanted)
  if (!found) throw new Error(`there is no scenario "${wanted}": ${Object.keys(scenarios).join(', ')}`)
  return found[1]
}
