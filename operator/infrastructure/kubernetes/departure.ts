import { isNotFound } from './api-error.ts'
import type { KubernetesClient } from './client.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import { type Clock, sleep } from './timers.ts'

export interface DepartureParts {
  readonly client: Pick<KubernetesClient, 'call'>
  readonly clock: Clock
  readonly namespace: string
  /** The Deployment that runs this process. */
  readonly deployment: string
}

/** Whether this process ends because it is taken away for good, and not only stopped, moved, rolled out or scaled. */
export interface Departure {
  /** Sees that the Deployment is there: only then its absence means anything later. Never throws. */
  arrive(): Promise<void>
  /**
   * Why nobody comes after us; undefined = somebody may, or it can't be found out. Takes three seconds where the
   * Deployment has vanished, for whoever replaces one deletes it first.
   */
  reason(): Promise<string | undefined>
}

const REPLACED_WITHIN_MS = 3_000
/** Who ends has no time to wait for a server that is away. */
const TIMEOUT_MS = 2_000

type Seen = 'there' | 'going' | 'gone' | 'unknown'

export function departure({ client, clock, namespace, deployment }: DepartureParts): Departure {
  const home = `namespaces/${encodeURIComponent(namespace)}`
  const ours = `/apis/apps/v1/${home}/deployments/${encodeURIComponent(deployment)}`
  let arrived = false

  async function look(path: string, resource: string): Promise<Seen> {
    try {
      const { body } = await client.call<KubernetesObject>({ method: 'GET', path, resource, timeoutMs: TIMEOUT_MS })
      return body.metadata.deletionTimestamp === undefined ? 'there' : 'going'
    } catch (error) {
      return isNotFound(error) ? 'gone' : 'unknown'
    }
  }
  const lookAtOurs = () => look(ours, 'deployments')

  return {
    async arrive() {
      arrived = (await lookAtOurs()) === 'there'
    },
    async reason() {
      if ((await look(`/api/v1/${home}`, 'namespaces')) === 'going') return `namespace ${namespace} is being deleted`
      let seen = await lookAtOurs()
      if (seen === 'gone' && arrived) {
        await sleep(clock, REPLACED_WITHIN_MS)
        seen = await lookAtOurs()
      }
      if (seen === 'going') return `Deployment ${namespace}/${deployment} is being deleted`
      if (seen === 'gone' && arrived) return `Deployment ${namespace}/${deployment} was deleted`
      return undefined
    },
  }
}
