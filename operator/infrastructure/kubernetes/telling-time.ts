import type { KubernetesClient } from './client.ts'

/** The same client, which tells of each whole answer what the server's clock said in it. */
export function tellingTime(client: KubernetesClient, observe: (date: number | undefined) => void): KubernetesClient {
  return {
    ...client,
    async call<T>(call: Parameters<KubernetesClient['call']>[0]) {
      const result = await client.call<T>(call)
      observe(result.date)
      return result
    },
  }
}
