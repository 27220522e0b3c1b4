import { readFileSync } from 'node:fs'
import type { Credentials } from './remote-api-options.ts'

/** None, or a certificate of the connection. */
export const noCredentials: Credentials = {
  authorization: async () => undefined,
  refused: () => undefined,
}

/** A token in a file, read again for each call. */
export function tokenInFile(path: string, scheme: 'Bearer' | 'ApiKey' = 'Bearer'): Credentials {
  return fromFile(path, (token) => `${scheme} ${token}`)
}

/** The password of a user in a file, read again for each call. */
export function passwordInFile(user: string, path: string): Credentials {
  return fromFile(path, (password) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`)
}

function fromFile(path: string, authorization: (text: string) => string): Credentials {
  return {
    authorization: async () => authorization(readFileSync(path, 'utf8').trim()),
    refused: () => undefined,
  }
}

/** Bearer tokens by `newSource`, which answers the same one while it is good; one that is refused is taken for good no more. */
export function tokensFrom(newSource: () => () => Promise<string>): Credentials {
  let source = newSource()
  /** Many ask at once when one has run out. */
  let asked: Promise<string> | undefined
  return {
    async authorization() {
      asked ??= source().finally(() => {
        asked = undefined
      })
      return `Bearer ${await asked}`
    },
    refused() {
      source = newSource()
    },
  }
}
