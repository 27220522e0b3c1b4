import { readFileSync } from 'node:fs'
import type { Clock } from '../../application/clock.ts'
import type { Logger } from '../../application/logger.ts'
import type { TlsFiles } from '../../infrastructure/http/gateway/http-server.ts'
import type { GatewaySettings } from '../../infrastructure/settings/gateway-settings.ts'

const EVERY_MS = 30_000

export interface CertificateParts {
  readonly files: NonNullable<GatewaySettings['tls']>
  readonly clock: Pick<Clock, 'schedule'>
  readonly logger: Logger
  /** A key that doesn't belong to its certificate makes it throw. */
  readonly renewed: (tls: TlsFiles) => void
}

/** Throws when a file can't be read. */
export function certificateIn({ certFile, keyFile }: CertificateParts['files']): TlsFiles {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) }
}

/** Looks now and then whether the files hold another certificate; one that can't be used is told, and the last one stays. */
export function followCertificate({ files, clock, logger, renewed }: CertificateParts): () => void {
  let last = textIn(certificateIn(files))
  let cancel = clock.schedule(EVERY_MS, look)

  function look(): void {
    try {
      const found = certificateIn(files)
      if (textIn(found) !== last) {
        renewed(found)
        last = textIn(found)
        logger.info('the certificate was renewed')
      }
    } catch (error) {
      logger.warn('the certificate can not be renewed; the last one stays in use', { error }) // also in the middle of a rotation
    }
    cancel = clock.schedule(EVERY_MS, look)
  }

  return () => cancel()
}

function textIn({ cert, key }: TlsFiles): string {
  return `${cert}\n${key}`
}
