import { DatabaseError } from 'pg'

/** By the beginning of the server's code, the longest first. PostgreSQL's manual, appendix "Error Codes". */
const byCode: readonly (readonly [string, string])[] = [
  ['25006', 'it is a replica, which takes no writes'],
  ['42501', 'its login may not do what is needed'],
  ['53100', 'its disk is full'],
  ['53300', 'all its connections are taken'],
  ['55P03', 'others are at the same rows'],
  ['57014', 'it took too long'],
  ['25P04', 'it took too long'],
  ['57P', 'it is starting, or about to end'],
  ['28', 'it refuses the login'],
  ['3D', 'its server knows no database of that name'],
  ['40', 'others are at the same rows'],
  ['53', 'it has too little memory or room'],
  ['08', 'the connection is lost'],
]
const certificates = /^(ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/

/**
 * What is told of a failure to people who see objects and answers: without the words of a server or of the network, which may
 * name hosts, logins and statements. Those are for the log.
 */
export function plainWords(error: unknown): string {
  const { told, code } = (error ?? {}) as { readonly told?: unknown; readonly code?: unknown }
  if (typeof told === 'string') return told
  const word = typeof code === 'string' ? code : ''
  if (error instanceof DatabaseError)
    return byCode.find(([beginning]) => word.startsWith(beginning))?.[1] ?? 'it refuses what is asked of it'
  return certificates.test(word) ? 'its certificate is not accepted' : 'nobody answers at its address'
}
