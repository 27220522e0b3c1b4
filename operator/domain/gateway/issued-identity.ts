/** How the names are made that an issuer's users and groups have here. */
export interface NameTerms {
  readonly usernameClaim: string
  /** Of this issuer alone, and never empty: nobody of one issuer has the name of somebody else. */
  readonly usernamePrefix: string
  readonly groupsClaim: string
  readonly groupsPrefix: string
}

export type IssuedIdentity =
  | { readonly kind: 'known'; readonly user: string; readonly groups: readonly string[] }
  /** In a sentence. */
  | { readonly kind: 'refused'; readonly why: string }

/** Whose names mean something to the cluster, or to our own policies. */
const reserved = ['system:', 'kbnt:']
const LONGEST_NAME = 256

/** Who somebody is by the claims of a token that was checked. */
export function issuedIdentity(claims: Readonly<Record<string, unknown>>, terms: NameTerms): IssuedIdentity {
  const { usernameClaim, groupsClaim } = terms
  const name = claims[usernameClaim]
  if (!isName(name)) return refused(`its claim ${usernameClaim} is no name of 1 to ${LONGEST_NAME} characters`)
  if (usernameClaim === 'email' && !mayBeVerified(claims['email_verified']))
    return refused('its issuer has not verified its claim email')
  const given = [claims[groupsClaim] ?? []].flat()
  if (!given.every(isName))
    return refused(`its claim ${groupsClaim} is no list of names of 1 to ${LONGEST_NAME} characters`)
  const user = terms.usernamePrefix + name
  const groups = given.map((group) => terms.groupsPrefix + group)
  const taken = [user, ...groups].find(isReserved)
  return taken === undefined
    ? { kind: 'known', user, groups }
    : refused(`${JSON.stringify(taken)} is a name that no issuer may give`)
}

/** Whether names that begin so belong to the cluster or to us. */
export function isReserved(name: string): boolean {
  return reserved.some((beginning) => name.startsWith(beginning))
}

/** Some issuers don't say it, others say it as a text; whatever else they say is no yes. */
function mayBeVerified(said: unknown): boolean {
  return said === undefined || said === true || said === 'true'
}

/** Half of a surrogate pair becomes another character on its way to the API server: several users would be one there. */
function isName(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_NAME) return false
  return value.isWellFormed() && !/\p{Cc}/u.test(value)
}

function refused(why: string): IssuedIdentity {
  return { kind: 'refused', why }
}
