import type { IncomingMessage } from 'node:http'
import { Problem } from '../../../application/gateway/answer.ts'
import { invalid } from './problem-details.ts'

/** A name, an IPv4 address or an IPv6 address in brackets, and a port; or nothing, as RFC 9110 allows. */
const hostPattern = /^(?:\[[0-9a-f:.]+\]|(?:[a-z0-9._~!$&'()*+,;=-]|%[0-9a-f]{2})*)(?::[0-9]{0,5})?$/i

/** RFC 3986's unreserved characters, percent-encoded. */
const needlesslyEncoded = /%(?:2[DE]|3[0-9]|[46][1-9A-F]|5[0-9AF]|7[0-9AE])/i

/**
 * A path is taken as it is written: whoever stands before the gateway and knows paths by their letters is not got round by
 * others that mean the same. Nobody has to write so, for no client's library does.
 */
export function faultOfPath(path: string): Problem | undefined {
  const [encoded] = needlesslyEncoded.exec(path) ?? []
  if (encoded === undefined) return undefined
  const detail = `${encoded} stands for ${decodeURIComponent(encoded)}, which is to be written as it is`
  return invalid([{ pointer: 'path', detail }])
}

/**
 * What is wrong with the head of a request that node would take or answer without a word; undefined: nothing. Which Host
 * it is doesn't matter here: the gateway goes by many names, and says none of them.
 */
export function faultOfHead({ headers, httpVersion, rawHeaders }: IncomingMessage): Problem | undefined {
  const hosts = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length
  if (hosts > 1) return wrongHost('there are two headers Host')
  if (hosts === 0 && httpVersion === '1.1') return wrongHost('the header Host is missing')
  if (!hostPattern.test(headers.host ?? '')) return wrongHost('it is not the name of a host')
  const { expect = '100-continue' } = headers
  if (expect.toLowerCase() === '100-continue') return undefined
  return new Problem('ExpectationFailed', { detail: 'Of Expect only 100-continue is understood.' })
}

function wrongHost(detail: string): Problem {
  return invalid([{ pointer: 'Host', detail }])
}
