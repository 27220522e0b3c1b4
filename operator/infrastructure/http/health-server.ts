import { messageOf } from '../../application/message-of.ts'
import { debugPage, type Inside } from './debug-pages.ts'
import { plainText, type WebAnswer, type WebServer, webServer } from './web-server.ts'

/** One question that health asks. */
export interface HealthCheck {
  readonly name: string
  /** Reported, but doesn't make the whole fail. */
  readonly optional?: boolean
  /** Undefined when all is well, else what is wrong. Throwing counts as what is wrong. */
  check(): string | undefined
}

export interface HealthChecks {
  /** Failing = the process should be started again. */
  readonly live: readonly HealthCheck[]
  /** Failing = the process can't do its work now. */
  readonly ready: readonly HealthCheck[]
}

interface CheckResult {
  readonly line: string
  readonly failed: boolean
}

function resultOf({ name, optional = false, check }: HealthCheck): CheckResult {
  let wrong: string | undefined
  try {
    wrong = check()
  } catch (error) {
    wrong = messageOf(error)
  }
  if (wrong === undefined) return { line: `[+]${name} ok`, failed: false }
  return optional
    ? { line: `[!]${name} ${wrong} (not required)`, failed: false }
    : { line: `[-]${name} failed: ${wrong}`, failed: true }
}

/** Kubernetes' own way: `ok`, or with `?verbose` and on failure one line for each check. */
function answer(path: string, checks: readonly HealthCheck[], verbose: boolean): WebAnswer {
  const findings = checks.map(resultOf)
  const failed = findings.some((finding) => finding.failed)
  if (!failed && !verbose) return plainText(200, 'ok')
  const lines = findings.map(({ line }) => line)
  return plainText(failed ? 500 : 200, `${[...lines, `${path} check ${failed ? 'failed' : 'passed'}`].join('\n')}\n`)
}

/** Serves `/livez` and `/readyz` to all, and what is inside, where there is such, to this machine alone; port 0 takes any free one. */
export function healthServer(port: number, { live, ready }: HealthChecks, inside?: Inside): WebServer {
  return webServer(port, async (url, from) => {
    const { pathname, searchParams } = url
    const verbose = searchParams.has('verbose')
    if (pathname === '/livez') return answer('livez', live, verbose)
    if (pathname === '/readyz') return answer('readyz', ready, verbose)
    return inside && debugPage(inside, url, from)
  })
}
