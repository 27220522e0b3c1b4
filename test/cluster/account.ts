import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterSite } from './cluster-site.ts'

/** Somebody whom the cluster knows by a ServiceAccount, with no rights to begin with. */
export interface Account {
  /** As bindings name them, as a user. */
  readonly user: string
  readonly token: string
  /** Speaks with the token, as the whole file says. */
  readonly kubeconfig: string
}

/** Makes an account in a namespace that is there. Its kubeconfig is written to the directory. */
export async function makeAccount(
  site: ClusterSite,
  namespace: string,
  name: string,
  directory: string,
): Promise<Account> {
  await site.kubectl('create', 'serviceaccount', name, '-n', namespace)
  const token = (await site.kubectl('create', 'token', name, '-n', namespace, '--duration=1h')).trim()
  const user = `system:serviceaccount:${namespace}:${name}`
  const config = JSON.parse(await readFile(site.cluster.kubeconfig, 'utf8')) as Record<string, unknown>
  const [context] = config['contexts'] as [{ context: object }]
  const own = {
    users: [{ name: user, user: { token } }],
    contexts: [{ ...context, context: { ...context.context, user } }],
  }
  const kubeconfig = join(directory, `${name}.kubeconfig`)
  await writeFile(kubeconfig, JSON.stringify({ ...config, ...own }), { mode: 0o600 })
  return { user, token, kubeconfig }
}
