import { Problem } from '../../../application/gateway/answer.ts'

const LONGEST_TOKEN = 16 * 1024
const bearer = /^Bearer ([\x21-\x7e]+)$/

/** The token that a request carries. Throws a Problem where there is none. `rawHeaders` as node has them: name, value, … */
export function bearerToken(authorization: string | undefined, rawHeaders: readonly string[]): string {
  if (authorization === undefined) throw unauthorized('There is no token; send one as "Authorization: Bearer TOKEN".')
  // node keeps the first of two; what stands before us may have looked at the second.
  if (rawHeaders.filter(isAuthorization).length > 1) throw unauthorized('There are two headers Authorization.')
  const token = bearer.exec(authorization)?.[1]
  if (token === undefined) throw unauthorized('Authorization is not of the form "Bearer TOKEN".')
  if (token.length > LONGEST_TOKEN) throw unauthorized(`A token has at most ${LONGEST_TOKEN} characters.`)
  return token
}

function isAuthorization(text: string, index: number): boolean {
  return index % 2 === 0 && text.length === 'authorization'.length && text.toLowerCase() === 'authorization'
}

function unauthorized(detail: string): Problem {
  return new Problem('Unauthorized', { detail })
}
