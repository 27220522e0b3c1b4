import { type KubernetesObject, keyOfObject } from '../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import type { ResourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'

/** Who waits to see a reservation, or an order, in a phase. One watch for all. */
export interface PhaseWatch {
  /** Resolves when it is seen in the phase; rejects after a bound, or when nothing can be seen any more. */
  until(key: string, phase: string): Promise<void>
  close(): void
}

type Phased = KubernetesObject & { readonly status?: { readonly phase?: string | undefined } | undefined }

interface Waiting {
  readonly phase: string
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

const WITHIN_MS = 120_000
/** An API server ends the watch of somebody who reads too slowly; beyond so many ends something else is wrong. */
const MOST_WATCHES = 10

export async function watchPhases<T extends Phased>(
  objects: Pick<ResourceClient<T>, 'list' | 'watch'>,
  namespace: string,
  withinMs = WITHIN_MS,
): Promise<PhaseWatch> {
  const seen = new Map<string, string>()
  const waiting = new Map<string, Waiting>()
  const end = new AbortController()
  let broken: Error | undefined

  function see(object: T): void {
    const key = keyOfObject(object)
    const phase = object.status?.phase
    if (phase === undefined) return
    seen.set(key, phase)
    const one = waiting.get(key)
    if (one?.phase === phase) one.resolve()
  }

  async function list(): Promise<string> {
    const { items, resourceVersion } = await objects.list({ namespace })
    for (const object of items) see(object)
    return resourceVersion
  }

  async function follow(first: string): Promise<void> {
    let resourceVersion = first
    let reason: unknown
    for (let watches = 0; watches < MOST_WATCHES && !end.signal.aborted; watches += 1) {
      if (watches > 0) resourceVersion = await list() // what happened while nobody watched
      await objects
        .watch({ namespace, resourceVersion, timeoutSeconds: 3_600, signal: end.signal }, ({ object }) => see(object))
        .catch((error: unknown) => {
          reason = error
        })
    }
    throw new Error(`its watch ended ${MOST_WATCHES} times: ${reason}`)
  }

  function giveUp(error: unknown): void {
    broken = new Error(`can't see them any more: ${error instanceof Error ? error.message : error}`)
    for (const { reject } of waiting.values()) reject(broken)
  }

  async function until(key: string, phase: string): Promise<void> {
    if (broken) throw broken
    if (seen.get(key) === phase) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const late = () => reject(new Error(`${key} was not seen ${phase} within ${withinMs / 1_000} s`))
    const timer = setTimeout(late, withinMs)
    waiting.set(key, { phase, resolve, reject })
    try {
      await promise
    } finally {
      clearTimeout(timer)
      waiting.delete(key)
    }
  }

  follow(await list()).catch(giveUp)
  return { until, close: () => end.abort() }
}
