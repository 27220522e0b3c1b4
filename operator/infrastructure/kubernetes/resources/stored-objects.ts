import type { Unwritten } from '../../../application/unwritten.ts'
import { ifThere } from '../api-error.ts'
import type { ApiResult } from '../exchange.ts'
import type { KubernetesObject } from '../kubernetes-object.ts'
import type { ResourceClient } from '../resource-client.ts'
import { latestKnown } from './latest-known.ts'
import { failureOf } from './write-result.ts'

export interface StoredObjectsParts<T extends KubernetesObject, Known> {
  /** As in manifests: VirtualMachine. */
  readonly kind: string
  readonly client: Pick<ResourceClient<T>, 'get' | 'replaceStatus'>
  /** What the watch has brought. */
  readonly cache: { get(key: string): T | undefined; list(): Iterable<T> }
  readonly onServerDate: (date: number | undefined) => void
  fromObject(object: T): Known
}

/** An exact version of an object. */
interface Version {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

/** Objects of one kind as the watch has brought them, as they were written here since, and as the API server has them. */
export function storedObjects<T extends KubernetesObject, Known>(parts: StoredObjectsParts<T, Known>) {
  const { kind, client, cache, onServerDate, fromObject } = parts
  const latest = latestKnown(cache)

  /** Never throws. `written`: what to answer of what is stored now. `stays`: false = the object may go with this. */
  async function write<Written>(
    change: () => Promise<ApiResult<T>>,
    written: (known: Known) => Written,
    stays = true,
  ): Promise<Written | Unwritten> {
    try {
      const { body, date } = await change()
      onServerDate(date)
      if (stays) latest.wrote(body)
      return written(fromObject(body))
    } catch (error) {
      const failure = failureOf(error)
      return failure.kind === 'tooLarge' ? { kind: 'refused', reason: 'the object is too large' } : failure
    }
  }

  return {
    write,
    find(key: string): Known | undefined {
      const object = latest.of(key)
      return object && fromObject(object)
    },
    *all(): Iterable<Known> {
      for (const object of cache.list()) yield fromObject(object)
    },
    /** From the API server itself; undefined = none. Throws when that does not answer. */
    async read(namespace: string, name: string): Promise<Known | undefined> {
      const answer = await ifThere(client.get(namespace, name))
      if (!answer) return undefined
      onServerDate(answer.date)
      return fromObject(answer.body)
    },
    /** Replaces the status of exactly this version. Never throws. */
    replaceStatus<Written>(
      { namespace, name, uid, resourceVersion }: Version,
      status: object,
      written: (known: Known) => Written,
    ): Promise<Written | Unwritten> {
      const metadata = { namespace, name, uid, resourceVersion }
      const body = { apiVersion: 'kbnt.io/v1beta1', kind, metadata, status } as unknown as T
      return write(() => client.replaceStatus(body), written)
    },
  }
}
