import { isDeepStrictEqual } from 'node:util'
import type { KubernetesObject } from '../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import type { ResourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'

type WithStatus = KubernetesObject & { readonly spec: object; readonly status?: object | undefined }

/** Every version that an object has had, oldest first. */
export type Versions<T> = readonly [first: T, ...later: T[]]

/** Every version of the only object of a namespace that comes while `act` runs. Throws where none does. */
export async function versionsSeen<T extends WithStatus>(
  client: Pick<ResourceClient<T>, 'list' | 'watch'>,
  namespace: string,
  act: () => Promise<unknown>,
): Promise<Versions<T>> {
  const { resourceVersion } = await client.list({ namespace })
  const seen: T[] = []
  const end = new AbortController()
  const watched = client
    .watch({ namespace, resourceVersion, timeoutSeconds: 600, signal: end.signal }, ({ type, object }) => {
      if (type !== 'BOOKMARK') seen.push(object)
    })
    .catch(() => undefined) // ended by us, or what was seen does not do
  await act()
  end.abort()
  await watched
  const [first, ...later] = seen
  if (!first) throw new Error('no object was seen')
  return [first, ...later]
}

/** Writes one object through these versions, as whoever knows its latest version does. Gives how many writes that takes. */
export async function replayed<T extends WithStatus>(
  client: ResourceClient<T>,
  [first, ...later]: Versions<T>,
  name: string,
): Promise<{ readonly object: T; readonly writes: number }> {
  const { apiVersion, kind, metadata, spec } = first
  const { namespace = '', labels = {}, annotations = {} } = metadata
  const created = { apiVersion, kind, metadata: { namespace, name, labels, annotations }, spec }
  let object = (await client.create(created as unknown as T)).body
  let before = first
  for (const next of later) {
    object = await moved(client, object, { before, next })
    before = next
  }
  return { object, writes: 1 + later.length }
}

interface Move<T> {
  readonly before: T
  readonly next: T
}

async function moved<T extends WithStatus>(
  client: ResourceClient<T>,
  object: T,
  { before, next }: Move<T>,
): Promise<T> {
  const { namespace = '', name = '', uid, resourceVersion } = object.metadata
  if (!isDeepStrictEqual(before.status, next.status)) {
    const { status } = next
    return (await client.replaceStatus({ ...object, metadata: { namespace, name, uid, resourceVersion }, status })).body
  }
  const { finalizers = [], annotations = {} } = next.metadata
  const change = isDeepStrictEqual(before.spec, next.spec)
    ? { metadata: { uid, resourceVersion, finalizers, annotations } }
    : { metadata: { uid }, spec: next.spec }
  return (await client.mergePatch(namespace, name, change)).body
}
