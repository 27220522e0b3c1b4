import { keyOf } from '../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { Site } from './site.ts'

/** Who waits to see a reservation in a phase. One watch for all. */
export interface PhaseWatch {
  /** Resolves when the reservation is seen in the phase. */
  until(key: string, phase: string): Promise<void>
  close(): void
}

export async function watchPhases({ reservations }: Site, namespace: string): Promise<PhaseWatch> {
  const seen = new Map<string, string>()
  const waiting = new Map<string, { readonly phase: string; readonly resolve: () => void }>()
  const end = new AbortController()
  const see = (object: Reservation): void => {
    const key = keyOf(object)
    const phase = object.status?.phase
    if (phase === undefined) return
    seen.set(key, phase)
    const one = waiting.get(key)
    if (one?.phase !== phase) return
    waiting.delete(key)
    one.resolve()
  }
  const { resourceVersion } = await reservations.list({ namespace })
  void reservations
    .watch({ namespace, resourceVersion, timeoutSeconds: 3_600, signal: end.signal }, ({ object }) => see(object))
    .catch(() => undefined) // closed
  return {
    until(key, phase) {
      if (seen.get(key) === phase) return Promise.resolve()
      return new Promise((resolve) => waiting.set(key, { phase, resolve }))
    },
    close: () => end.abort(),
  }
}
