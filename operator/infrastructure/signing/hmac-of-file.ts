import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Clock } from '../../application/clock.ts'
import { msBetween, type Tick } from '../../application/clock.ts'
import type { Hmac } from '../../domain/virtualization/signature.ts'

/** A file that was changed counts from then on at the latest. */
const FRESH_MS = 10_000
const LEAST_BYTES = 32

/**
 * HMACs under the secret in a file, which may be renewed meanwhile; while it can't be read again, under the one that was
 * there. Throws where there is none, or it has too little in it.
 */
export function hmacOfFile(path: string, clock: Pick<Clock, 'tick'>): Hmac {
  let known = { secret: secretIn(path), at: clock.tick() } as { readonly secret: Buffer; readonly at: Tick }
  return (text) => {
    const now = clock.tick()
    if (msBetween(known.at, now) >= FRESH_MS) known = { secret: renewed(path) ?? known.secret, at: now }
    return createHmac('sha256', known.secret).update(text).digest('hex')
  }
}

/** Undefined while the file is being renewed, or is gone: messages that are signed rightly are not to suffer for it. */
function renewed(path: string): Buffer | undefined {
  try {
    return secretIn(path)
  } catch {
    return undefined
  }
}

function secretIn(path: string): Buffer {
  const secret = readFileSync(path)
  if (secret.length >= LEAST_BYTES) return secret
  const make = 'openssl rand -hex 32 makes one'
  throw new Error(`the secret in ${path} has ${secret.length} bytes, and at least ${LEAST_BYTES} are needed: ${make}`)
}
