import type { Condition, Phase } from './reservation.ts'

export interface Told {
  readonly phase: Phase
  readonly reason: string
  readonly message: string
  readonly at: string
  readonly generation: number
  readonly consumed: boolean
}

const finished: ReadonlySet<Phase> = new Set(['Released', 'Expired', 'Rejected'])

function truth(type: string, { phase, consumed }: Told): boolean {
  switch (type) {
    case 'Reserved':
      return phase === 'Reserved' || phase === 'Confirmed'
    case 'Confirmed':
      return phase === 'Confirmed'
    default:
      return finished.has(phase) || (phase === 'Confirmed' && consumed)
  }
}

/** The three conditions of a reservation; `lastTransitionTime` moves only when a status does. */
export function conditionsAfter(before: readonly Condition[], told: Told): Condition[] {
  return ['Reserved', 'Confirmed', 'Finished'].map((type) => {
    const status = truth(type, told) ? 'True' : 'False'
    const earlier = before.find((condition) => condition.type === type)
    return {
      type,
      status,
      reason: told.reason,
      message: told.message,
      lastTransitionTime: earlier?.status === status ? earlier.lastTransitionTime : `${told.at.slice(0, 19)}Z`,
      observedGeneration: told.generation,
    }
  })
}
