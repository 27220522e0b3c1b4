import type { IntegrationTarget } from '../../application/integration/integration-target.ts'
import type { RemoteApi } from '../remote-api/remote-api.ts'

/** Somebody else's API that is told what happens to stocks: a call's id is its idempotency key. */
export function httpTarget(api: RemoteApi): IntegrationTarget {
  return {
    name: api.name,
    call({ id, method, path, body, sequence }, signal) {
      const headers = { 'kbnt-sequence': String(sequence) }
      if (body === undefined) return api.call({ asker: id, method, path, headers }, signal)
      return api.call({ asker: id, method, path, body, headers: { ...headers, 'idempotency-key': id } }, signal)
    },
  }
}
