import type {
  Making,
  Removing,
  RequestedResources,
} from '../../operator/application/virtualization/requested-resources.ts'
import { keyOf } from '../../operator/domain/reservation/reservation.ts'
import type { Resource } from '../../operator/domain/resource/resource.ts'
import type { Requested, RequestedKind } from '../../operator/domain/virtualization/requested.ts'

/** Resources of one kind in memory; those that are deleted stay until they are told to go. */
export interface InMemoryRequestedResources<R extends Resource> extends RequestedResources {
  stored(name: string): R | undefined
  /** Somebody's own, or one that was made for `request` and `message`. */
  put(resource: R, madeFor?: { readonly request: string; readonly message: string }): void
  change(name: string, change: Partial<R>): void
  /** What was deleted is gone now; or whatever it is, torn out. */
  go(name: string): void
  /** The next attempt to make one comes to this. */
  answerNext(making: Making): void
  /** The next attempt to delete one comes to this. */
  refuseRemoval(removing: Removing): void
  /** The place in line of all that wait. */
  position: number | undefined
  listed: boolean
  /** How many were made. */
  readonly made: number
}

/** `build`: one of this kind that is made now. */
export function inMemoryRequestedResources<R extends Resource>(
  kind: RequestedKind,
  build: (particular: Pick<Resource, 'namespace' | 'name' | 'uid'> & { readonly spec: object }) => R,
): InMemoryRequestedResources<R> {
  const stored = new Map<string, { resource: R; request?: string; message?: string }>()
  const answers: Making[] = []
  const removals: Removing[] = []
  let made = 0
  const named = (resource: R) => ({ ...resource, kind }) as unknown as Requested
  const exactly = ({ namespace, name, uid }: Pick<Resource, 'namespace' | 'name' | 'uid'>) => {
    const found = stored.get(keyOf(namespace, name))?.resource
    return found?.uid === uid ? named(found) : undefined
  }
  const fake: InMemoryRequestedResources<R> = {
    position: undefined,
    listed: true,
    get made() {
      return made
    },
    async make({ namespace, uid, spec }, wanted) {
      const answer = answers.shift()
      if (answer) return answer
      if (wanted.kind !== kind) throw new Error(`a ${wanted.kind} is none of ${kind}`)
      const key = keyOf(namespace, wanted.name)
      const present = stored.get(key)
      if (present)
        return present.request === uid ? { kind: 'made', resource: named(present.resource) } : { kind: 'taken' }
      made += 1
      const { network: _, ...rest } = wanted.spec
      const resource = build({ namespace, name: wanted.name, uid: `made-${made}-${wanted.name}`, spec: rest })
      stored.set(key, { resource, request: uid, message: spec.messageId })
      return { kind: 'made', resource: named(resource) }
    },
    find: exactly,
    read: async (id) => exactly(id),
    target(namespace, target) {
      const fits = [...stored.values()].filter(
        ({ resource, message }) =>
          resource.namespace === namespace &&
          ('uid' in target ? resource.uid === target.uid : message === target.messageId),
      )
      const [only] = fits
      return only && fits.length === 1 ? named(only.resource) : undefined
    },
    isListed: () => fake.listed,
    async remove(id) {
      const answer = removals.shift()
      if (answer) return answer
      const present = exactly(id)
      if (present && id.resourceVersion !== undefined && present.resourceVersion !== id.resourceVersion)
        return { kind: 'changed' }
      if (present) fake.change(id.name, { deletingSince: '2026-11-22T11:00:00Z' } as Partial<R>)
      return { kind: 'begun' }
    },
    positionOf: () => fake.position,
    stored: (name) => stored.get(keyOf('team', name))?.resource,
    put(resource, madeFor) {
      stored.set(keyOf(resource.namespace, resource.name), { resource, ...madeFor })
    },
    change(name, change) {
      const present = stored.get(keyOf('team', name))
      if (present) stored.set(keyOf('team', name), { ...present, resource: { ...present.resource, ...change } })
    },
    go: (name) => void stored.delete(keyOf('team', name)),
    answerNext: (making) => void answers.push(making),
    refuseRemoval: (removing) => void removals.push(removing),
  }
  return fake
}
