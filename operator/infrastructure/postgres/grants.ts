import pg, { type ClientBase } from 'pg'
import { LOCK } from './migrate.ts'

/** What a role may do with a table; columns where it is not all of them. */
type Rights = Readonly<Partial<Record<'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE', true | readonly string[]>>>

/**
 * What whoever sells may do, by the table. What is not here it may not: no tables are made or changed, no stock is opened, and
 * nothing is dropped. The operator makes the tables, so they are its own.
 */
const gateway: Readonly<Record<string, Rights>> = {
  version: { SELECT: true },
  // not quantity, safety, generation and terms, which are a spec's; nor state, which only functions change, and never back
  stock: { SELECT: true, UPDATE: ['reserved', 'confirmed', 'ceiling', 'level', 'sequence', 'at', 'recorded'] },
  claim: { SELECT: true, INSERT: true, UPDATE: ['phase', 'sequence', 'deadline', 'lines', 'follows'], DELETE: true },
  request_key: { SELECT: true, INSERT: true },
  consumer_units: { SELECT: true, INSERT: true, UPDATE: ['units'], DELETE: true },
  finished: { SELECT: true, INSERT: true, DELETE: true }, // what was sold and is given back is replaced
  record: { INSERT: true }, // what is to be told can't be taken back
  delivered: { SELECT: true },
  live_count: { SELECT: true }, // its triggers write it
}
const functions = ['kbnt.halt(uuid)', 'kbnt.halt_set_back(uuid, bigint)']

/**
 * Gives the gateways' role what it needs of the tables, and takes from it what it has besides; all at once. For whoever owns
 * the tables, after they were brought to the newest version. Throws where there is no such role; who may log in as it is the
 * database's business.
 */
export async function grantToGateways(client: ClientBase, role: string): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
    for (const statement of statementsFor(pg.escapeIdentifier(role))) await client.query(statement)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

function statementsFor(role: string): string[] {
  return [
    `REVOKE ALL ON SCHEMA kbnt FROM ${role}`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA kbnt FROM ${role}`, // and with them those of their columns
    `REVOKE ALL ON ALL FUNCTIONS IN SCHEMA kbnt FROM ${role}`,
    `GRANT USAGE ON SCHEMA kbnt TO ${role}`,
    ...functions.map((signature) => `GRANT EXECUTE ON FUNCTION ${signature} TO ${role}`),
    ...Object.entries(gateway).flatMap(([table, rights]) =>
      Object.entries(rights).map(([right, columns]) => {
        const part = columns === true ? '' : ` (${columns.join(', ')})`
        return `GRANT ${right}${part} ON kbnt.${table} TO ${role}`
      }),
    ),
  ]
}

/** Lets a role read all tables of a schema, and nothing else of it. For whoever owns them. Throws where there is no such role. */
export async function grantReading(client: ClientBase, schema: string, role: string): Promise<void> {
  const name = pg.escapeIdentifier(role)
  await client.query(`GRANT USAGE ON SCHEMA ${schema} TO ${name}`)
  await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${name}`)
}
