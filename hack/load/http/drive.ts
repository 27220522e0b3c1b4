import { setTimeout as pause } from 'node:timers/promises'
import autocannon, { type Client, type Request } from 'autocannon'
import type { Scenario, Step } from '../../../config/load/scenarios.ts'
import { loadUser } from '../../../config/load/user.ts'
import { type Measured, measuredFrom, type Sample } from './measured.ts'
import { type Shift, shiftsOf, usersAt } from './plan.ts'

/** Where the load goes. */
export interface LoadPlace {
  /** Of gateways, `http://host:port`; users are dealt out to them one by one. */
  readonly urls: readonly [string, ...string[]]
  readonly token: string
  readonly namespace: string
}

export interface Run {
  readonly scenario: Scenario
  readonly place: LoadPlace
  readonly stocks: readonly string[]
  /** No other run has it; what it makes is named after it. */
  readonly name: string
  /** From 0 up to, but not including, 1. */
  readonly random: () => number
  /** Told about once a second. */
  readonly progress: (heard: Progress) => void
}

export interface Progress {
  readonly seconds: number
  readonly users: number
  readonly answers: number
  /** Answered otherwise than expected, or not at all. */
  readonly failed: number
}

/** Beyond the wait that requests ask for. */
const TIMEOUT_SECONDS = 60
/** Of one user: a gateway that can't be reached is not asked without end. */
const MOST_FAILURES = 100
/** Who leaves in the middle of a request has been let down when it has waited for longer. */
const CUT_MS = 5_000
const TELL_MS = 1_000
const EXAMPLES = 5
const EXAMPLE_LENGTH = 400

/** Lets the users of a scenario come, ask and go; resolves when the last one is gone. */
export async function drive({ scenario, place, stocks, name, random, progress }: Run): Promise<Measured> {
  const samples: Sample[] = []
  const examples: string[] = []
  let unanswered = 0
  let unexpected = 0
  let users = 0
  const startedAt = performance.now()
  const shifts = shiftsIn(scenario)

  /** Gives this connection a user of its own. */
  function seat(client: Client, askedAt: Map<Client, number>): void {
    users += 1
    const user = loadUser({ scenario, namespace: place.namespace, stocks, name: `${name}-${users}`, random })
    let step: Step | undefined
    let expected = true
    const request: Request = {
      setupRequest(defaults) {
        if (askedAt.has(client)) unanswered += 1 // its connection broke, or it took too long
        askedAt.set(client, performance.now())
        const next = user.next()
        step = next.step
        const { method, path, headers, body = '' } = next.request
        return { ...defaults, method, path, body, headers: { ...headers, authorization: `Bearer ${place.token}` } }
      },
      onResponse(status, body) {
        askedAt.delete(client)
        expected = user.answered(status, body)
        if (expected) return
        unexpected += 1
        if (examples.length < EXAMPLES) examples.push(`${step}: ${status} ${body}`.slice(0, EXAMPLE_LENGTH))
      },
    }
    client.setRequests([request])
    client.on('response', (status, _, tookMs) => {
      if (step) samples.push({ step, atMs: performance.now() - startedAt, tookMs, status, expected })
    })
  }

  async function work(shift: Shift, index: number): Promise<void> {
    await pause(Math.max(0, shift.fromMs - (performance.now() - startedAt)))
    const askedAt = new Map<Client, number>() // of those who wait for an answer
    const turned = place.urls.map((_, at) => place.urls[(index + at) % place.urls.length] ?? place.urls[0])
    await autocannon({
      url: turned as unknown as string, // more than one is fine, which its types don't say
      connections: shift.users,
      setupClient: (client) => seat(client, askedAt),
      timeout: TIMEOUT_SECONDS,
      bailout: MOST_FAILURES * shift.users,
      sampleInt: 100, // how late it notices that its time is over
      ...(scenario.shape.kind === 'burst'
        ? { amount: shift.users }
        : {
            duration: Math.max(0, shift.toMs - (performance.now() - startedAt)) / 1_000,
            connectionRate: scenario.shape.perSecond,
          }),
    })
    const patienceMs = scenario.shape.kind === 'burst' ? 0 : CUT_MS
    for (const at of askedAt.values()) if (performance.now() - at >= patienceMs) unanswered += 1
  }

  const told = setInterval(() => {
    const atMs = performance.now() - startedAt
    const present = usersAt(shifts, atMs)
    progress({ seconds: atMs / 1_000, users: present, answers: samples.length, failed: unexpected + unanswered })
  }, TELL_MS)
  try {
    await Promise.all(shifts.map(work))
  } finally {
    clearInterval(told)
  }
  const endedAt = performance.now()
  // a burst is over with its last answer, which is noticed a moment later
  const lastMs = scenario.shape.kind === 'burst' ? samples.at(-1)?.atMs : undefined
  const seconds = (lastMs ?? endedAt - startedAt) / 1_000
  return measuredFrom({ samples, seconds, unanswered, examples, usersAt: (atMs) => usersAt(shifts, atMs) })
}

function shiftsIn({ shape }: Scenario): readonly Shift[] {
  return shape.kind === 'burst'
    ? [{ users: shape.units + shape.refused, fromMs: 0, toMs: Number.POSITIVE_INFINITY }]
    : shiftsOf(shape.phases)
}
