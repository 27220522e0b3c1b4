import { readFileSync } from 'node:fs'
import { buildConnector } from 'undici'

/** Files in PEM. Absent: public authorities, and no certificate of ours. */
export interface TrustFiles {
  readonly caFile?: string | undefined
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
}

/** Makes connections for which these files are read anew each time: the kubelet renews them while we run. */
export function renewedTrust(files: TrustFiles | undefined, timeoutMs: number): buildConnector.connector {
  return (options, done) => {
    try {
      buildConnector({ timeout: timeoutMs, ...contentOf(files ?? {}) })(options, done)
    } catch (error) {
      done(error as Error, null)
    }
  }
}

function contentOf({ caFile, certFile, keyFile }: TrustFiles) {
  return {
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
    ...(certFile !== undefined && { cert: readFileSync(certFile) }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
  }
}
