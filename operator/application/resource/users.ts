import { keyOf } from '../../domain/reservation/reservation.ts'
import type { Resource, ResourceIdentity } from '../../domain/resource/resource.ts'
import type { Resources } from './resources.ts'

const MOST_NAMED = 3

/** What is known of those that use resources of another kind, such as machines of networks. */
export interface KnownUsers extends Pick<Resources<Resource>, 'find'> {
  /** Of those of a namespace that isn't seen nobody can say that they are gone. */
  readonly isSeen: (namespace: string) => boolean
  /** Why one that is gone still has what it had, in words, as of the last sweep; undefined = it is not looked at yet. */
  readonly keptBy: (uid: string) => string | undefined
}

/** What is said before the names of users, or why they are not known. */
export interface UserWords {
  readonly there: string
  readonly gone: string
  /** Of a namespace that isn't seen. */
  readonly hidden: string
  readonly unknown: string
}

export interface UsersOf {
  readonly used: Pick<Resource, 'namespace' | 'name' | 'deletingSince' | 'abandoned'>
  /** As kubectl calls what is used: vnetwork. */
  readonly command: string
  /** By what is used itself, and by their own statuses. */
  readonly users: readonly ResourceIdentity[]
  /** Where others may be that were not seen yet, in words; undefined = nowhere. */
  readonly unseen: string | undefined
  readonly words: UserWords
}

/** What something is not taken away from, in words. `UsersUnseen`: only those that nobody can see may use it. */
export interface Users {
  readonly reason: 'InUse' | 'UsersUnseen'
  readonly message: string
}

/** Those that use something, and those that may; undefined = nobody. */
export function usersInWords(known: KnownUsers, { used, command, users, unseen, words }: UsersOf): Users | undefined {
  const named = usersNamed(known, users)
  const parts = [
    saying(words.there, named.there),
    saying(words.gone, named.gone),
    saying(words.hidden, named.hidden),
    ...(unseen === undefined ? [] : [`${words.unknown}: ${unseen}`]),
    ...wayOut(used, command, named),
  ].filter((part) => part !== '')
  if (parts.length === 0) return undefined
  const reason = named.there.length + named.gone.length > 0 ? 'InUse' : 'UsersUnseen'
  return { reason, message: parts.join('; ') }
}

interface Named {
  /** As last seen. */
  readonly there: readonly string[]
  readonly gone: readonly string[]
  readonly hidden: readonly string[]
}

function usersNamed(known: KnownUsers, users: readonly ResourceIdentity[]): Named {
  const there: string[] = []
  const gone: string[] = []
  const hidden: string[] = []
  for (const { namespace, name, uid } of new Map(users.map((user) => [user.uid, user])).values()) {
    const key = keyOf(namespace, name)
    const kept = known.keptBy(uid)
    const why = kept === undefined ? key : `${key} (${kept})`
    if (!known.isSeen(namespace)) hidden.push(why)
    else if (known.find(key)?.uid === uid) there.push(key)
    else gone.push(why)
  }
  return { there, gone, hidden }
}

function saying(what: string, named: readonly string[]): string {
  if (named.length === 0) return ''
  const more = named.length > MOST_NAMED ? ` and ${named.length - MOST_NAMED} more` : ''
  return `${what}: ${named.slice(0, MOST_NAMED).join(', ')}${more}`
}

/** Of those that are there nobody has a way but to delete them. */
function wayOut(
  { namespace, name, deletingSince, abandoned }: UsersOf['used'],
  command: string,
  { gone, hidden }: Named,
): readonly string[] {
  if (deletingSince === undefined || abandoned || gone.length + hidden.length === 0) return []
  return [`if what they had is gone for good: kubectl annotate -n ${namespace} ${command} ${name} kbnt.io/abandon=true`]
}
