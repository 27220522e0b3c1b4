import type { PoolClient as ClientBase, Pool, QueryConfig, QueryResult, QueryResultRow } from 'pg'
import { inTurn } from '../../application/in-turn.ts'
import { commit, type Write } from './commit.ts'
import { type Durability, DurabilityCheck, type Session, sessionOf, sessionStatement } from './durability.ts'
import { explained, isSound, isUndone, notWritten } from './faults.ts'
import { inOneWrite } from './in-one-write.ts'
import { waitingForStandby } from './statements.ts'

/** Reads, and transactions that end in one trip. Connections are in pipeline mode; the pool's size bounds what is under way. */
export class Transactions {
  readonly #pool: Pool
  readonly #durability: Durability
  readonly #check: DurabilityCheck
  readonly #inTurn = inTurn()

  constructor(pool: Pool, { durability = 'local' }: { readonly durability?: Durability } = {}) {
    this.#pool = pool
    this.#durability = durability
    this.#check = new DurabilityCheck(durability)
  }

  async query<T extends QueryResultRow>(statement: QueryConfig): Promise<T[]> {
    const client = await this.#connect()
    let isWhole = false
    try {
      const { rows } = await client.query<T>(statement)
      isWhole = true
      return rows
    } catch (error) {
      isWhole = isUndone(error)
      throw explained(error)
    } finally {
      client.release(!isWhole)
    }
  }

  /** Throws where nothing could be decided now, because a promise of durability could not be kept. */
  async demandDurability(): Promise<void> {
    if (this.#durability === 'local') return
    const [session] = await this.query<Session & QueryResultRow>({ ...sessionStatement })
    this.#check.demand(session as Session)
  }

  /** `work` begins a transaction and says what it writes; where that is nothing it ends without a trace. */
  async run(work: (client: ClientBase) => Promise<readonly Write[] | undefined>): Promise<void> {
    const client = await this.#connect()
    let isWhole = false
    try {
      const [session, begun] = inOneWrite(client, () => [sessionOf(client), work(client)] as const)
      session.catch(() => undefined) // then what follows fails, too, and is looked at
      const writes = await begun
      if (writes) await this.#commit(client, writes, await session)
      isWhole = writes !== undefined || (await rolledBack(client))
    } catch (error) {
      isWhole = isSound(error) && (await rolledBack(client))
      throw error
    } finally {
      client.release(!isWhole) // closing it undoes what is left of a transaction
    }
  }

  /**
   * The same, one after the other: there is one for each of many stocks, and whatever hangs, others must have connections
   * left, not least who asks why it hangs.
   */
  runAlone(work: Parameters<Transactions['run']>[0]): Promise<void> {
    return this.#inTurn(() => this.run(work))
  }

  async #commit(client: ClientBase, writes: readonly Write[], session: Session): Promise<void> {
    this.#check.demand(session)
    const waitsForStandby = () =>
      this.query({ ...waitingForStandby, values: [session.pid] }).then(
        (rows) => rows.length > 0,
        () => false, // whom we can't ask may be gone
      )
    await commit(client, writes, { durability: this.#durability, waitsForStandby })
  }

  /** Without a connection nothing can be changed, whoever is at fault. */
  async #connect(): Promise<ClientBase> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      throw notWritten(error)
    }
  }
}

/** Whether the connection can be used again; what was read stands in any case. */
function rolledBack(client: ClientBase): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  )
}

export function rowsOf<T>(result: QueryResult | undefined): T[] {
  return (result?.rows ?? []) as T[]
}

/**
 * All answers of a trip that writes nothing for good; throws why the first one failed, once all are here: those after it
 * only tell that one has.
 */
export async function all(queries: readonly Promise<QueryResult>[]): Promise<QueryResult[]> {
  const answers = await Promise.allSettled(queries)
  return answers.map((answer) => {
    if (answer.status === 'rejected') throw explained(answer.reason)
    return answer.value
  })
}
