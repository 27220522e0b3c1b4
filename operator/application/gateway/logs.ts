import type { Mistake } from '../../domain/gateway/problem.ts'
import { type LogEntry, logEntryFrom, recordOf } from '../../domain/logs/log-entry.ts'
import { type LogRoute, topicsOf } from '../../domain/logs/log-routing.ts'
import type { LogLetter, LogOutlet } from '../logs/log-outlet.ts'
import { type Answer, Problem } from './answer.ts'
import type { Call, Operation } from './call.ts'
import type { GatewayWorld } from './gateway-world.ts'
import type { NewLogs } from './generated/contract.ts'
import { namespaceOf } from './where.ts'

export interface LogWorld extends Pick<GatewayWorld, 'access' | 'serves' | 'defaultNamespace'> {
  /** Absent: this gateway takes no logs. */
  readonly logs?: {
    readonly outlet: Pick<LogOutlet, 'post'>
    readonly routes: readonly LogRoute[]
  }
  readonly now: () => number
  readonly newId: () => string
}

/** Each is reviewed by its name. */
const MOST_SERVICES = 32
/** Nobody reads more of them. */
const MOST_TOLD = 100
const RETRY_AFTER_S = 2

/** The operation that takes lines of other programs' logs to their topics. */
export function logOperations(world: LogWorld): Readonly<Record<string, Operation>> {
  return { writeLogs: (call) => writeLogs(world, call) }
}

const AGAIN = 'send them again, with an eventId of yours where none may be there twice'
const MEND = 'whoever runs Kafka has to mend that first: sending them again does not help before'

interface Read {
  readonly entries: readonly LogEntry[]
  readonly rejected: readonly { readonly index: number; readonly errors: Mistake[] }[]
}

async function writeLogs(world: LogWorld, call: Call): Promise<Answer> {
  const { logs } = world
  if (!logs)
    throw new Problem('NotFound', {
      detail:
        'this gateway takes no logs; its setting gateway.logs.enabled: true, beside kafka.brokers, has it take them',
    })
  const namespace = namespaceOf(call, world)
  const { entries, rejected } = readEntries(call)
  for (const name of servicesOf(entries))
    await world.access.may(call.caller, { verb: 'create', resource: 'logs', namespace, name })
  const letters = entries.map((entry) => letterOf(world, call, { entry, namespace, routes: logs.routes }))
  const posted = await logs.outlet.post(letters)
  call.noted?.({ entries: entries.length, rejected: rejected.length })
  switch (posted.kind) {
    case 'taken':
      return { status: 202, body: { accepted: entries.length, rejected } }
    case 'full':
      throw new Problem('Overloaded', {
        detail: 'too many log entries wait for Kafka; nothing was sent, send them again later',
        retryAfterSeconds: RETRY_AFTER_S,
      })
    case 'failed':
      throw new Problem('KafkaAway', {
        detail: `not all of these entries are known to be kept (${posted.reason}); ${posted.isRefused ? MEND : AGAIN}`,
        retryAfterSeconds: RETRY_AFTER_S,
      })
  }
}

/** Throws a Problem where one is wrong and the call doesn't ask for the others alone, or none is right. */
function readEntries({ body, parameters }: Call): Read {
  const { entries: given } = body as NewLogs
  const read = given.map((value, index) => [index, logEntryFrom(value, `/entries/${index}`)] as const)
  const entries = read.flatMap(([, entry]) => (isEntry(entry) ? [entry] : []))
  const rejected = read.flatMap(([index, entry]) => (isEntry(entry) ? [] : [{ index, errors: [...entry] }]))
  if (rejected.length > 0 && (parameters['partial'] !== true || entries.length === 0)) {
    const detail = `${rejected.length} of ${given.length} entries are wrong, and nothing was sent`
    throw new Problem('Invalid', { detail, errors: rejected.flatMap(({ errors }) => errors).slice(0, MOST_TOLD) })
  }
  return { entries, rejected }
}

function isEntry(read: LogEntry | readonly Mistake[]): read is LogEntry {
  return !Array.isArray(read)
}

function servicesOf(entries: readonly LogEntry[]): ReadonlySet<string> {
  const services = new Set(entries.map(({ service }) => service))
  if (services.size <= MOST_SERVICES) return services
  const detail = `a call has entries of at most ${MOST_SERVICES} services, and this one of ${services.size}`
  throw new Problem('Invalid', { detail, errors: [{ pointer: '/entries', detail }] })
}

interface Placed {
  readonly entry: LogEntry
  readonly namespace: string
  readonly routes: readonly LogRoute[]
}

function letterOf({ now, newId }: LogWorld, { caller }: Call, { entry, namespace, routes }: Placed): LogLetter {
  const receivedAtMs = now()
  return {
    topics: topicsOf(entry, routes),
    message: {
      key: entry.service,
      value: recordOf(entry, { actor: caller.user, namespace, receivedAtMs, newId }),
      headers: { 'content-type': 'application/json' },
      timestampMs: receivedAtMs,
    },
  }
}
