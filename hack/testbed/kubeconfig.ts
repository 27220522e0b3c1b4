/** Who a kubeconfig speaks as: by a bearer token or by a client certificate. */
export type Credentials = { readonly token: string } | { readonly certificatePem: string; readonly keyPem: string }

export interface Kubeconfig {
  readonly serverUrl: string
  readonly certificateAuthorityPem: string
  readonly user: string
  readonly credentials: Credentials
}

/** The text of a kubeconfig that needs no other file. It is JSON, which every reader of YAML takes. */
export function kubeconfigText(config: Kubeconfig): string {
  const name = 'kbnt-testbed'
  const text = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: { server: config.serverUrl, 'certificate-authority-data': base64(config.certificateAuthorityPem) },
      },
    ],
    users: [{ name: config.user, user: userEntry(config.credentials) }],
    contexts: [{ name, context: { cluster: name, user: config.user } }],
    'current-context': name,
  }
  return `${JSON.stringify(text, null, 2)}\n`
}

function userEntry(credentials: Credentials): Record<string, string> {
  if ('token' in credentials) return { token: credentials.token }
  return {
    'client-certificate-data': base64(credentials.certificatePem),
    'client-key-data': base64(credentials.keyPem),
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
