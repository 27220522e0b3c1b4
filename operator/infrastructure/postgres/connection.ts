import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientConfig } from 'pg'

/** Where a database is, and how to come in. One of `url` and `folder` is there. */
export interface ConnectionOptions {
  /** Without a password. */
  readonly url?: string
  /** Of files host, port, dbname, username or user, and password, as a Secret of an operator for PostgreSQL has them. */
  readonly folder?: string
  readonly passwordFile?: string
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
}

const DEFAULT_PORT = 5_432

/**
 * What a new connection is made by, read afresh each time: whoever rotates a password or a certificate need not tell us.
 * Throws a sentence that names the file where one can't be read.
 */
export function connectionConfig({ url, folder, passwordFile, tls }: ConnectionOptions): ClientConfig {
  const place = folder === undefined ? placeAt(new URL(url ?? '')) : placeIn(folder)
  const password = passwordFile === undefined ? undefined : textOf(passwordFile)
  return { ...place, ...(password !== undefined && { password }), ...(tls && { ssl: certificatesOf(tls) }) }
}

/** Taken apart here: what the library reads out of a connection string wins over password and TLS beside it. */
function placeAt({ hostname, port, pathname, username }: URL): ClientConfig {
  return {
    host: decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? DEFAULT_PORT : Number(port),
    ...(username !== '' && { user: decodeURIComponent(username) }),
    ...(pathname.length > 1 && { database: decodeURIComponent(pathname.slice(1)) }),
  }
}

function placeIn(folder: string): ClientConfig {
  const file = (name: string) => textOf(join(folder, name))
  const port = ifThere(() => file('port'))
  return {
    host: file('host'),
    port: port === undefined ? DEFAULT_PORT : Number(port),
    database: file('dbname'),
    user: ifThere(() => file('username')) ?? file('user'),
    password: file('password'),
  }
}

function certificatesOf({ caFile, certFile, keyFile }: NonNullable<ConnectionOptions['tls']>) {
  return {
    rejectUnauthorized: true,
    ...(caFile !== undefined && { ca: textOf(caFile) }),
    ...(certFile !== undefined && { cert: textOf(certFile) }),
    ...(keyFile !== undefined && { key: textOf(keyFile) }),
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new Error(`the connection to the database needs ${path}, which can't be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** Undefined where the file is not there; whatever else keeps it from being read is thrown. */
function ifThere(read: () => string): string | undefined {
  try {
    return read()
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    if (cause?.code === 'ENOENT') return undefined
    throw error
  }
}
