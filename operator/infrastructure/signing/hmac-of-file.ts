import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Clock } from '../../application/clock.ts'
import { msBetween, type Tick } from '../../application/clock.ts'
import type { Hmac } from '../../domain/virtualization/signature.ts'

/** A file that was changed counts from then on at the latest. */
const FRESH_MS = 10_000
const LEAST_BYTES = 32

/** HMACs under the secret in a file, which may be renewed meanwhile. Throws where it can't be read, or has too little in it. */
export function hmacOfFile(path: string, clock: Pick<Clock, 'tick'>): Hmac {
  let known = { secret: secretIn(path), at: clock.tick() } as { readonly secret: Buffer; readonly at: Tick }
  return (text) => {
    const now = clock.tick()
    if (msBetween(known.at, now) >= FRESH_MS) known = { secret: secretIn(path), at: now }
    return createHmac('sha256', known.secret).update(text).digest('hex')
  }
}

function secretIn(path: string): Buffer {
  const secret = readFileSync(path)
  if (secret.length >= LEAST_BYTES) return secret
  const make = 'openssl rand -hex 32 makes one'
  throw new Error(`the secret in ${path} has ${secret.length} bytes, and at least ${LEAST_BYTES} are needed: ${make}`)
}
