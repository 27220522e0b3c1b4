import pg from 'pg'
import { type ConnectionOptions, connectionConfig } from './connection.ts'

const BIGINT = 20

/** Numbers that are whole and below 2^53, as everywhere in this project. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === BIGINT ? Number : pg.types.getTypeParser(oid, format as 'text'),
}

/** Connections each of which is made by what its files say then. One for which `onConnect` throws is not taken. */
export function poolAt(connection: ConnectionOptions, options: pg.PoolConfig): pg.Pool {
  class Client extends pg.Client {
    constructor(given?: pg.ClientConfig) {
      super({ ...given, ...connectionConfig(connection) })
    }
  }
  const pool = new pg.Pool({ Client, types, keepAlive: true, ...options })
  // one that breaks while nothing is asked of it is taken out by the pool; the next call opens another
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}
