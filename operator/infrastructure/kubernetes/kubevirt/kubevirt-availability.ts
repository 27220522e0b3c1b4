import { isApiError } from '../api-error.ts'
import type { KubernetesClient } from '../client.ts'
import type { Clock } from '../timers.ts'
import { kubevirtInstances, kubevirtMachines } from './kubevirt-resources.ts'

const ASK_AGAIN_MS = 10_000

export interface KubevirtAvailability {
  /** Yes is kept until it is forgotten, no for 10 s. Throws when the server can't say. */
  served(): Promise<boolean>
  /** It was seen to be missing. */
  forget(): void
}

/** Whether the API server serves what KubeVirt installs, by its own word. */
export function kubevirtAvailability(client: KubernetesClient, clock: Pick<Clock, 'now'>): KubevirtAvailability {
  let known: { readonly served: boolean; readonly atMs: number } | undefined
  let asking: Promise<boolean> | undefined

  const ask = async (): Promise<boolean> => {
    const served = await isServed(client)
    known = { served, atMs: clock.now() }
    return served
  }
  return {
    async served() {
      if (known?.served === true) return true
      if (known !== undefined && clock.now() - known.atMs < ASK_AGAIN_MS) return false
      asking ??= ask().finally(() => {
        asking = undefined
      })
      return asking
    },
    forget() {
      known = undefined
    },
  }
}

async function isServed(client: KubernetesClient): Promise<boolean> {
  try {
    const { body } = await client.call<{ readonly resources?: readonly { readonly name: string }[] }>({
      method: 'GET',
      path: '/apis/kubevirt.io/v1',
      resource: 'apiresources',
    })
    const names = new Set(body.resources?.map(({ name }) => name))
    return names.has(kubevirtMachines.plural) && names.has(kubevirtInstances.plural)
  } catch (error) {
    if (isApiError(error, 404)) return false
    throw error
  }
}
