import type { Mistake } from '../../domain/gateway/problem.ts'
import { Problem } from './answer.ts'
import type { Caller, Right } from './caller.ts'
import { type RememberedParts, remembered } from './remembered.ts'

/** What the API server says to one right. */
export type Verdict =
  | { readonly allowed: true }
  /** Its sentence why; mostly empty. */
  | { readonly allowed: false; readonly reason: string }

/** Rejects with a Problem where there is no verdict. */
export type MayOf = (caller: Caller, right: Right) => Promise<Verdict>

export interface AccessParts extends RememberedParts {
  readonly mayOf: MayOf
}

export interface Access {
  /**
   * Resolves when the caller may, by what the API server said at most 10 s ago and never past the token's end. Rejects
   * with Problem Forbidden, or with one that says why it can't be told.
   */
  may(caller: Caller, right: Right): Promise<void>
}

export function access({ mayOf, ...parts }: AccessParts): Access {
  const known = remembered<Verdict>(parts)

  function verdict(caller: Caller, right: Right): Promise<Verdict> {
    const { tokenKey, expiresAtMs } = caller
    const { verb, resource, namespace, name } = right
    return known.of({
      key: `${tokenKey} ${verb} ${resource} ${namespace} ${name ?? ''}`, // names have no spaces
      on: tokenKey,
      async lookUp() {
        const answer = await mayOf(caller, right)
        return { answer, good: answer.allowed, untilMs: expiresAtMs }
      },
    })
  }

  return {
    async may(caller, right) {
      const { name, ...ofAll } = right
      // Who may it with all of a namespace needs no look-up for each of its objects.
      const first = await verdict(caller, ofAll)
      if (first.allowed) return
      const answer = name === undefined ? first : await verdict(caller, right)
      if (!answer.allowed) throw forbidden(caller, right, answer.reason)
    },
  }
}

/** The same of a right that one member of the body takes: who may not is told of that member, in this sentence. */
export async function mayOrExplain(
  access: Access,
  caller: Caller,
  right: Right,
  { pointer, detail }: Mistake,
): Promise<void> {
  await access.may(caller, right).catch((error: unknown) => {
    if (!(error instanceof Problem) || error.reason !== 'Forbidden') throw error
    throw new Problem('Forbidden', { detail, errors: [{ pointer, detail }] })
  })
}

const GROUP = 'kbnt.io'

/** In the words of the API server. */
function forbidden({ user }: Caller, { verb, resource, namespace, name }: Right, reason: string): Problem {
  const what = `${resource}.${GROUP}${name === undefined ? '' : ` ${JSON.stringify(name)}`} is forbidden`
  const who = `User ${JSON.stringify(user)} cannot ${verb} resource "${resource}" in API group "${GROUP}"`
  const why = reason === '' ? '' : `: ${reason}`
  return new Problem('Forbidden', { detail: `${what}: ${who} in the namespace ${JSON.stringify(namespace)}${why}` })
}
