import type { OperatorProcess } from './operator-process.ts'
import type { Random } from './random.ts'

export interface CrewParts {
  readonly random: Random
  /** Starts the process with this number. */
  readonly start: (number: number) => OperatorProcess
}

/** All processes of a world: who lives, who comes, and what happens to them. */
export function crew({ random, start }: CrewParts) {
  const all: OperatorProcess[] = []
  const living = () => all.filter(({ state }) => state !== 'dead')
  const running = () => living().filter(({ state }) => state === 'running')

  function spawn(): OperatorProcess {
    const one = start(all.length)
    all.push(one)
    void one.start()
    return one
  }

  return {
    all,
    living,
    spawn,
    /** The process that leads, as far as anybody leads. */
    leader: () => running().findLast(({ leading }) => leading),
    killOne: () => random.pick(living())?.kill(),
    pauseOne: () => random.pick(living())?.pause(),
    resumeAll() {
      for (const one of all) one.resume()
    },
    killAll() {
      for (const one of all) one.kill()
    },
    /** As a lease would once everybody can ask for it: only one leads. */
    keepLeader() {
      const leader = running().findLast(({ leading }) => leading)
      if (leader) for (const one of living()) if (one !== leader) one.kill()
    },
    /** Another comes, while somebody may still believe that it leads. */
    addOne() {
      if (living().length < 3) spawn()
    },
    /** As a Deployment would: there is always one. */
    keepOne() {
      if (running().length === 0) spawn()
    },
  }
}

export type Crew = ReturnType<typeof crew>
