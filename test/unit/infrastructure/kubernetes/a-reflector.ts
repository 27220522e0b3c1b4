import { ApiError, UnknownOutcomeError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesObject } from '../../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import type { Snapshot, WatchRequest } from '../../../../operator/infrastructure/kubernetes/list-and-watch.ts'
import { type ReflectorOptions, reflector } from '../../../../operator/infrastructure/kubernetes/reflector.ts'
import type { WatchEvent } from '../../../../operator/infrastructure/kubernetes/resource-client.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

export const anObject = (name: string, resourceVersion: string, uid = `uid-${name}`): KubernetesObject => ({
  metadata: { name, namespace: 'shop', uid, resourceVersion },
})

export const anEvent = (type: WatchEvent<KubernetesObject>['type'], name: string, resourceVersion: string) => ({
  type,
  object: anObject(name, resourceVersion),
})

export const expired = () =>
  new ApiError(410, { kind: 'Status', reason: 'Expired', message: 'too old resource version' })
export const reset = () => new UnknownOutcomeError('other side closed', true)

interface OpenWatch {
  readonly request: WatchRequest
  send(...events: WatchEvent<KubernetesObject>[]): void
  end(): void
  fail(error: unknown): void
}

/** A server whose lists and watches the test answers by hand. */
function aServer() {
  const lists: (Snapshot<KubernetesObject> | Error)[] = []
  const watches: OpenWatch[] = []
  let listed = 0
  return {
    willList: (...answers: (Snapshot<KubernetesObject> | Error)[]) => void lists.push(...answers),
    get listed() {
      return listed
    },
    watches,
    get last() {
      return watches.at(-1) as OpenWatch
    },
    async list() {
      listed += 1
      const answer = lists.shift() ?? new Error('no list is prepared')
      if (answer instanceof Error) throw answer
      return answer
    },
    watch(request: WatchRequest, onEvent: (event: WatchEvent<KubernetesObject>) => void): Promise<void> {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      request.signal.addEventListener('abort', () => reject(request.signal.reason))
      watches.push({
        request,
        send: (...events) => {
          for (const event of events) onEvent(event)
        },
        end: resolve,
        fail: reject,
      })
      return promise
    },
  }
}

/** A reflector on such a server, and what it tells. */
export function aReflector(options: Partial<ReflectorOptions<KubernetesObject>> = {}) {
  const clock = fakeClock()
  const server = aServer()
  const told: string[] = []
  const cache = reflector<KubernetesObject>({
    list: server.list,
    watch: server.watch,
    clock,
    random: () => 0,
    handlers: {
      onAdded: ({ metadata }) => told.push(`added ${metadata.name}`),
      onUpdated: (old, { metadata }) =>
        told.push(`updated ${metadata.name} ${old.metadata.resourceVersion} to ${metadata.resourceVersion}`),
      onDeleted: ({ metadata }) => told.push(`deleted ${metadata.name}`),
      onSynced: () => told.push('synced'),
    },
    observer: {
      relisted: () => told.push('relisted'),
      resumed: () => told.push('resumed'),
      failed: (operation) => told.push(`${operation} failed`),
    },
    ...options,
  })
  return { clock, server, told, cache }
}

/** The same, watching after a list with the one object `a` at version 10. */
export async function aRunningReflector(options: Partial<ReflectorOptions<KubernetesObject>> = {}) {
  const parts = aReflector(options)
  parts.server.willList({ items: [anObject('a', '5')], resourceVersion: '10' })
  parts.cache.start()
  await parts.clock.settle()
  parts.told.length = 0
  return parts
}
