import { ApiError, UnknownOutcomeError } from '../../operator/infrastructure/kubernetes/api-error.ts'
import type { Lease } from '../../operator/infrastructure/kubernetes/lease-lock.ts'

/** A candidate's way to the server, and what is wrong with it. */
export interface LeaseLink {
  /** No connection. */
  cut?: boolean
  /** No answer, ever. */
  hung?: boolean
  /** So many writes are applied but their answers lost. */
  loseAnswers?: number
  /** Runs when a write has been applied, before its answer arrives. */
  onAnswer?: () => void
  readonly calls: string[]
}

const answer = (body: Lease) => ({ body, date: undefined })
const conflict = () => new ApiError(409, { kind: 'Status', reason: 'Conflict' })

/** One stored lease with the API server's rules; a candidate can be cut off from it, or its answers lost. */
export function leaseServer() {
  let stored: Lease | undefined
  let version = 0
  const store = (lease: Lease): Lease => {
    version += 1
    stored = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(version) } }
    return stored
  }
  return {
    get spec() {
      return stored?.spec
    },
    edit: (spec: Lease['spec']) => void store({ ...(stored as Lease), ...(spec === undefined ? {} : { spec }) }),
    remove() {
      stored = undefined
    },
    clientFor(link: LeaseLink) {
      const through = async (verb: string, run: () => Lease) => {
        link.calls.push(verb)
        if (link.hung) return new Promise<never>(() => undefined)
        if (link.cut) throw new UnknownOutcomeError('connect ECONNREFUSED', false)
        const lease = run()
        if (verb !== 'get') link.onAnswer?.()
        if (verb !== 'get' && (link.loseAnswers ?? 0) > 0) {
          link.loseAnswers = (link.loseAnswers ?? 0) - 1
          throw new UnknownOutcomeError('reset', true)
        }
        return answer(lease)
      }
      return {
        get: () =>
          through('get', () => {
            if (stored === undefined) throw new ApiError(404, { kind: 'Status', reason: 'NotFound' })
            return stored
          }),
        create: (lease: Lease) =>
          through('create', () => {
            if (stored !== undefined) throw new ApiError(409, { kind: 'Status', reason: 'AlreadyExists' })
            return store(lease)
          }),
        replace: (lease: Lease) =>
          through('replace', () => {
            if (stored === undefined) throw new ApiError(404, { kind: 'Status', reason: 'NotFound' })
            if (stored.metadata.resourceVersion !== lease.metadata.resourceVersion) throw conflict()
            return store(lease)
          }),
      }
    },
  }
}
