import type { Answer } from '../../domain/flow/next-stop.ts'
import type { Posted } from './alert-receiver.ts'

/** The first that is taken, or all when there is none. */
export function untilTaken(posts: readonly Promise<Posted>[]): Promise<readonly Posted[]> {
  const taken = posts.map(async (post) => {
    const posted = await post
    if (posted.kind !== 'taken') throw new Error(posted.reason)
    return [posted]
  })
  return Promise.any(taken).catch(() => Promise.all(posts))
}

/** What became of a message whose alerts were posted like that: one that has them is enough. */
export function answerTo(all: readonly Posted[]): Answer {
  if (all.some(({ kind }) => kind === 'taken')) return { kind: 'done' }
  const away = all.find((posted) => posted.kind === 'away')
  if (away) return { ...away, kind: 'wait', certain: true } // later ones of its key must not come before it
  const refused = all.find((posted) => posted.kind === 'refused')
  return { kind: 'dead', cause: 'AlertRefused', reason: refused?.reason ?? 'no Alertmanager is given' }
}
