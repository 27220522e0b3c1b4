import { readFile, writeFile } from 'node:fs/promises'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import type { Finished } from '../../../hack/testbed/run-program.ts'
import { type Answer, testbed } from '../../fixtures/testbed.ts'
import { helm, manifestsIn, rendered } from './helm.ts'

/** A cluster whose owner gives namespaces away, to administrators who may do nothing outside of them. */
export interface OwnedCluster {
  readonly server: ApiServer
  /** As the owner of the cluster. Throws when it fails. */
  done(args: readonly string[], stdin?: object): Promise<Answer>
  /** What the owner reads as JSON. Throws when it fails. */
  json<T>(...args: readonly string[]): Promise<T>
  /** As the chart of the kinds has it with these values; it is there already as it is without any. */
  makeInstallerRole(...args: readonly string[]): Promise<void>
  /** Makes a namespace and binds somebody to these ClusterRoles there. Gives how they run helm. */
  giveAway(namespace: string, user: string, roles: readonly string[]): Promise<Helm>
  /** A kubeconfig for an account of a namespace, which is its own namespace, too. */
  accountOf(namespace: string, name: string): Promise<string>
}

/** Never throws for its exit code. */
export type Helm = (...args: readonly string[]) => Promise<Finished>

const bindings = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' }
const joined = ['admin', 'edit', 'view'].map((role) => `system:aggregate-to-${role}`)

export async function ownedCluster(): Promise<OwnedCluster> {
  const server = await testbed().ownApiServer()
  const kubectl = testbed().kubectlOf(server)
  const done: OwnedCluster['done'] = async (args, stdin) => {
    const answer = await kubectl(args, stdin)
    if (answer.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${answer.stderr}`)
    return answer
  }
  const json = async <T>(...args: readonly string[]) => JSON.parse((await done([...args, '-o', 'json'])).stdout) as T

  // a controller joins them in a whole cluster
  const { items } = await json<{ items: { rules: object[] }[] }>('get', 'clusterrole', ...joined)
  await done(['patch', 'clusterrole', 'admin', '--type=merge', '-p', rulesOf(items.flatMap(({ rules }) => rules))])
  const makeInstallerRole = async (...args: readonly string[]): Promise<void> => {
    const all = manifestsIn(await rendered('kbnt-operator-crds', ...args))
    const items = all.filter(({ kind }) => kind === 'ClusterRole')
    await done(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
  }
  await makeInstallerRole()

  return {
    server,
    done,
    json,
    makeInstallerRole,
    async giveAway(namespace, user, roles) {
      await done(['create', 'namespace', namespace])
      const subjects = [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }]
      const roleRef = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name })
      const items = roles.map((name) => ({
        ...bindings,
        ...{ metadata: { name, namespace }, roleRef: roleRef(name), subjects },
      }))
      await done(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
      const kubeconfig = await server.kubeconfigFor(user)
      return (...args) => helm(...args, '--namespace', namespace, '--kubeconfig', kubeconfig)
    },
    async accountOf(namespace, name) {
      const path = await server.kubeconfigFor(`system:serviceaccount:${namespace}:${name}`)
      const config = JSON.parse(await readFile(path, 'utf8')) as { contexts: [{ context: object }] }
      Object.assign(config.contexts[0].context, { namespace })
      await writeFile(path, JSON.stringify(config))
      return path
    },
  }
}

function rulesOf(rules: readonly object[]): string {
  return JSON.stringify({ rules })
}
