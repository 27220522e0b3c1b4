import { setTimeout as pause } from 'node:timers/promises'
import type { PoolClient as ClientBase, QueryResult } from 'pg'
import { type Durability, lostWithOneNode, type Session, sessionOf } from './durability.ts'
import { explained, isUndone, unknown } from './faults.ts'
import { inOneWrite } from './in-one-write.ts'
import { ending } from './statements.ts'
import { given, type WriteStatement } from './write-statement.ts'
import { ANSWERED_WITHIN_MS, within } from './writer-pool.ts'

/** A statement and its rows; without any it is not sent. */
export type Write = readonly [WriteStatement, readonly (readonly unknown[])[]]

export interface CommitOptions {
  readonly durability: Durability
  /** Whether the server says of this connection that its commit waits for a standby. */
  readonly waitsForStandby: () => Promise<boolean>
}

/** The code of notices that only tell. */
const SUCCESS = '00000'
/** A commit takes as long as its standby is away: nothing may cut that short. The driver has no word for "for ever". */
const patient = within(2 ** 31 - 1)

interface NoticeMessage {
  readonly code?: string | undefined
  readonly message?: string | undefined
}

/** Sends every write and the commit in one go; resolves when all of it is known to be kept. */
export async function commit(client: ClientBase, writes: readonly Write[], options: CommitOptions): Promise<void> {
  const prepared = writes.flatMap(([statement, rows]) => (rows.length > 0 ? [given(statement, rows)] : []))
  // a commit that writes nothing waits for nobody, and what it has seen may be there on this one node only
  if (prepared.length === 0) prepared.push({ ...ending.mark, values: [] })
  const warnings: NoticeMessage[] = []
  const onNotice = (notice: NoticeMessage) => {
    if (notice.code !== SUCCESS) warnings.push(notice)
  }
  client.on('notice', onNotice)
  try {
    const [sent, session] = inOneWrite(client, () => [
      [...prepared.map((write) => client.query(write)), client.query({ ...ending.commit, ...patient })],
      // who takes the standbys' names away lets go of all commits that wait for them, without a word
      options.durability === 'required' ? sessionOf(client, patient) : undefined,
    ])
    const answers = Promise.all([Promise.allSettled(sent), Promise.allSettled([session])])
    const [written, [after]] = await untilAnswered(answers, options.waitsForStandby)
    judge(written, warnings)
    if (after?.status === 'rejected') throw unknown(after.reason)
    if (after?.value) judgeAfter(after.value)
  } finally {
    client.off('notice', onNotice)
  }
}

/** Whoever waits for a standby is waited for. A wire that is dead, and a server that hangs, say nothing of the kind. */
async function untilAnswered<T>(answers: Promise<T>, waitsForStandby: () => Promise<boolean>): Promise<T> {
  do {
    const silence = new AbortController()
    const silent = pause(ANSWERED_WITHIN_MS, undefined, { signal: silence.signal }).catch(() => undefined)
    const answered = await Promise.race([answers, silent])
    silence.abort()
    if (answered !== undefined) return answered
  } while (await waitsForStandby())
  throw unknown(new Error(`nothing came within ${ANSWERED_WITHIN_MS / 1_000} s`))
}

function judge(answers: readonly PromiseSettledResult<QueryResult>[], warnings: readonly NoticeMessage[]): void {
  const failure = answers.find((answer) => answer.status === 'rejected')?.reason
  const end = answers.at(-1) as PromiseSettledResult<QueryResult>
  if (end.status === 'fulfilled' && end.value.command === 'ROLLBACK') throw explained(failure)
  if (end.status === 'rejected') throw isUndone(end.reason) ? explained(failure) : unknown(end.reason)
  // a commit that waited for its standby in vain is answered as if it were kept everywhere
  if (warnings.length > 0) throw unknown(new Error(warnings[0]?.message))
}

function judgeAfter(session: Session): void {
  const reason = lostWithOneNode(session)
  if (reason !== undefined) throw unknown(new Error(reason))
}
