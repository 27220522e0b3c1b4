import type { OperatorProcess } from '../fixtures/operator-process.ts'

/** Everything that changes the store, the leader's own lease and what was refused included. */
export async function writesOf(operator: OperatorProcess): Promise<number> {
  const lines = (await operator.metrics()).split('\n')
  const writes = lines.filter((line) => /^rest_client_requests_total\{.*method="(POST|PUT|PATCH|DELETE)"/.test(line))
  return writes.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
