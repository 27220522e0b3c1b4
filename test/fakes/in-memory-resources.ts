import type { Resources, ResourceWrite } from '../../operator/application/resource/resources.ts'
import { keyOf } from '../../operator/domain/reservation/reservation.ts'
import type { Resource } from '../../operator/domain/resource/resource.ts'

/** Resources in memory, each write with a version of its own; the watch shows them at once unless it stands still. */
export interface InMemoryResources<R extends Resource> extends Resources<R> {
  stored(key: string): R | undefined
  /** What a person applies or edits. */
  put(resource: R): R
  /** `kubectl delete`: gone at once when nobody holds it. */
  delete(key: string): void
  /** Gone although it was held: somebody took its finalizers off. */
  tearOut(key: string): void
  /** The next write is answered with this and not applied. */
  answerNext(write: ResourceWrite<R>): void
  /** The watch brings nothing more, until `resume`. */
  pause(): void
  resume(): void
  /** The names of the writes that were applied. */
  readonly writes: string[]
}

export function inMemoryResources<R extends Resource>(finalizer: string): InMemoryResources<R> {
  const stored = new Map<string, R>()
  let seen: ReadonlyMap<string, R> = stored
  let version = 0
  const answers: ResourceWrite<R>[] = []
  const writes: string[] = []

  const keep = (resource: R): R => {
    version += 1
    const kept = structuredClone({ ...resource, resourceVersion: String(version) })
    stored.set(keyOf(kept.namespace, kept.name), kept)
    return kept
  }
  const write = (name: string, base: R, change: object): ResourceWrite<R> => {
    const answer = answers.shift()
    if (answer) return answer
    const key = keyOf(base.namespace, base.name)
    const present = stored.get(key)
    if (present?.uid !== base.uid) return { kind: 'gone' }
    if (present.resourceVersion !== base.resourceVersion) return { kind: 'conflict' }
    writes.push(name)
    const resource = keep({ ...present, ...change })
    if (resource.deletingSince !== undefined && resource.finalizers.length === 0) stored.delete(key)
    return { kind: 'written', resource }
  }
  const finalizing = (base: R, held: boolean): object => {
    const others = base.finalizers.filter((name) => name !== finalizer)
    return { held, finalizers: held ? [...others, finalizer] : others }
  }

  return {
    writes,
    find: (key) => seen.get(key),
    all: () => seen.values(),
    read: async (namespace, name) => stored.get(keyOf(namespace, name)),
    report: async (base, status) => write('report', base, { status }),
    hold: async (base) => write('hold', base, finalizing(base, true)),
    letGo: async (base) => write('letGo', base, finalizing(base, false)),
    stored: (key) => stored.get(key),
    put: keep,
    delete(key) {
      const resource = stored.get(key)
      if (!resource?.finalizers.length) stored.delete(key)
      else if (resource.deletingSince === undefined) keep({ ...resource, deletingSince: '2026-11-22T11:00:00Z' })
    },
    tearOut: (key) => void stored.delete(key),
    answerNext: (answer) => void answers.push(answer),
    pause() {
      seen = new Map(stored)
    },
    resume() {
      seen = stored
    },
  }
}
