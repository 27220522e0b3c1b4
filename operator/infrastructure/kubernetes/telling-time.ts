import { ApiError } from './api-error.ts'
import type { KubernetesClient } from './client.ts'

/** The same client, which tells of each whole answer, refusals too, what the server's clock said in it. */
export function tellingTime(client: KubernetesClient, observe: (date: number | undefined) => void): KubernetesClient {
  return {
    ...client,
    async call<T>(call: Parameters<KubernetesClient['call']>[0]) {
      try {
        const result = await client.call<T>(call)
        observe(result.date)
        return result
      } catch (error) {
        if (error instanceof ApiError && error.date !== undefined) observe(error.date)
        throw error
      }
    },
  }
}
