import { readFileSync } from 'node:fs'
import type { Authenticator, Mechanism, SASLOptions } from 'kafkajs'
import { accessTokens, type TokenSource } from './access-tokens.ts'

/** How to log in. Files are read again for each login. */
export type KafkaLogin = PasswordLogin | TokenLogin

interface PasswordLogin {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly passwordFile: string
}

interface TokenLogin {
  readonly mechanism: 'oauthbearer'
  readonly oauth: TokenSource
}

/** The login as the library takes it, for one client. */
export function saslOf(login: KafkaLogin): SASLOptions | Mechanism {
  return login.mechanism === 'oauthbearer' ? withToken(login) : withPassword(login)
}

/** The library reads `password` anew for each login, hence a property that reads the file. */
function withPassword({ mechanism, username, passwordFile }: PasswordLogin): SASLOptions {
  const options = {
    mechanism,
    username,
    get password() {
      return readFileSync(passwordFile, 'utf8').trimEnd()
    },
  }
  return options as SASLOptions // its types want the mechanism chosen when this is written
}

const SEPARATOR = '\u0001'

/**
 * Ours, because the library's own takes a refused token for an accepted one: the broker answers it without an error
 * code (RFC 7628), and closes the connection at the next request without a word.
 */
function withToken({ oauth }: TokenLogin): Mechanism {
  const token = accessTokens(oauth)
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }): Authenticator => ({
      async authenticate() {
        const message = `n,,${SEPARATOR}auth=Bearer ${await token()}${SEPARATOR}${SEPARATOR}`
        const refusal = await saslAuthenticate({
          request: { encode: () => framed(message) },
          response: { decode: unframed, parse: String },
        })
        if (refusal) throw new Error(`the brokers refuse the access token: ${refusal}`)
      },
    }),
  }
}

const LENGTH_BYTES = 4

function framed(text: string): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeInt32BE(Buffer.byteLength(text))
  return Buffer.concat([length, Buffer.from(text)])
}

function unframed(bytes: Buffer): Buffer {
  return bytes.subarray(LENGTH_BYTES)
}
