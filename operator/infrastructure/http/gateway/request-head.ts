import type { IncomingMessage } from 'node:http'
import { Problem } from '../../../application/gateway/answer.ts'
import { invalid } from './problem-details.ts'

/** A name, an IPv4 address or an IPv6 address in brackets, and a port; or nothing, as RFC 9110 allows. */
const hostPattern = /^(?:\[[0-9a-f:.]+\]|(?:[a-z0-9._~!$&'()*+,;=-]|%[0-9a-f]{2})*)(?::[0-9]{0,5})?$/i

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
