import {
  type ClientOptions,
  type KubernetesClient,
  kubernetesClient,
} from '../../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../../operator/infrastructure/kubernetes/kube-config.ts'
import type { KubernetesObject } from '../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { type ResourceClient, resourceClient } from '../../../operator/infrastructure/kubernetes/resource-client.ts'

export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>
}

export function aConfigMap(namespace: string, name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data }
}

export function configMaps(client: KubernetesClient): ResourceClient<ConfigMap> {
  return resourceClient(client, { group: '', version: 'v1', plural: 'configmaps', namespaced: true })
}

/** A client of the server that the kubeconfig names, or of the same server through another port. */
export function clientOf(
  kubeconfigPath: string,
  options: { readonly port?: number } & Partial<ClientOptions> = {},
): KubernetesClient {
  const { port, ...rest } = options
  const kubeConfig = readKubeConfig(kubeconfigPath)
  if (port !== undefined) {
    const server = `https://127.0.0.1:${port}`
    kubeConfig.clusters = kubeConfig.clusters.map((cluster) => ({ ...cluster, server }))
  }
  return kubernetesClient({ kubeConfig, userAgent: 'integration-test', ...rest })
}

/** A namespace of this name, made when it is not there. */
export async function makeNamespace(client: KubernetesClient, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
  await client.call({ method: 'POST', path: '/api/v1/namespaces', body })
}
