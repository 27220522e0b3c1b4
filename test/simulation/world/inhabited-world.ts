import { type ApiServer, apiServer } from './api-server.ts'
import { stockAsRead } from './as-read.ts'
import { InvariantBroken } from './check.ts'
import { clients } from './clients.ts'
import { type Crew, crew } from './crew.ts'
import { describeChange } from './describe-change.ts'
import { kafka } from './kafka.ts'
import type { Faults } from './network.ts'
import { operatorProcess } from './operator-process.ts'
import { randomFrom } from './random.ts'
import { sickness } from './sickness.ts'
import type { SimulationOptions } from './simulate.ts'
import { type VirtualTime, virtualTime } from './virtual-time.ts'
import { witness } from './witness.ts'
import type { WorldKind } from './world-kinds.ts'

const START_MS = Date.parse('2026-01-01T00:00:00Z')

export type InhabitedWorld = ReturnType<typeof inhabitedWorld>

/** A server, a broker, people and operators, with a witness who sees every version that is stored. */
export function inhabitedWorld(seed: number, { keepTrace = false, breakage }: SimulationOptions, kind: WorldKind) {
  const random = randomFrom(seed)
  const time: VirtualTime = virtualTime(START_MS)
  const trace: string[] = []
  const offset = { ms: 0 }
  const watching = witness({
    ...{ now: time.now, kind },
    isEdited: (uid) => server.edited.has(uid),
    isReadable: (stock) => stockAsRead(server, stock).unreadable === undefined,
    wasUntellable: (reservation) => sick.wasUntellable(reservation),
  })
  let broken: InvariantBroken | undefined
  let processes: Crew | undefined

  const note = (line: string) => {
    if (keepTrace) trace.push(`${((time.now() - START_MS) / 1_000).toFixed(3).padStart(9)} ${line}`)
  }

  /** Whatever is found first is what the seed fails with; a fault of the world itself is thrown. */
  function judge(look: () => void): void {
    try {
      look()
    } catch (error) {
      if (!(error instanceof InvariantBroken)) throw error
      broken ??= error
    }
  }

  const server: ApiServer = apiServer(
    (change) => {
      if (keepTrace) note(describeChange(change))
      judge(() => watching.see(change))
      for (const one of processes?.all ?? []) one.see(change)
    },
    mostPendingIn(kind, random.pick([256, 256, 30]) as number),
  )
  const broker = kafka()
  const faults: Faults = {
    rate: random.pick([0, 0.01, 0.05]) as number,
    watchLagMs: random.pick([20, 200, 3_000]) as number,
    unlisted: kind.unlisted,
  }
  const people = clients(server, random, { now: time.now, kind })
  const sick = sickness({ kind, random, server, kafka: broker, people, time, note })
  const team = crew({
    random,
    start: (number) =>
      operatorProcess({
        ...{ time, random, server, kafka: broker, faults, sick, breakage, trace: note },
        name: `operator-${number + 1}`,
        transitions: number,
        clockOffsetMs: () => offset.ms,
        onNonsense: (message) =>
          judge(() => {
            throw new InvariantBroken(message)
          }),
      }),
  })
  processes = team

  return {
    ...{ kind, random, time, trace, offset, server, broker, faults, people, sick, watching, judge },
    crew: team,
    broken: () => broken?.message,
  }
}

/** A small store can't even keep the decisions that a namespace may have untold: no world has both for long. */
function mostPendingIn({ sickness }: WorldKind, drawn: number): number {
  return sickness === 'statuses' || sickness === 'books' ? 256 : drawn
}
