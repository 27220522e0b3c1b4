import { isApiError, isNotFound } from './api-error.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import { microTime } from './micro-time.ts'
import type { CallOptions, Resource, ResourceClient } from './resource-client.ts'
import type { Clock } from './timers.ts'

export const LEASES: Resource = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', namespaced: true }

/** `coordination.k8s.io/v1` Lease. */
export interface Lease extends KubernetesObject {
  readonly spec?: LeaseSpec
}

export interface LeaseSpec {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

/**
 * `held` = it is ours; `sentAt` is when we began to say so, which is before anybody could see it. `taken` = somebody
 * else's term has not ended yet, as far as we have watched it.
 */
export type LockAttempt =
  | { readonly kind: 'held'; readonly sentAt: number; readonly transitions: number }
  | { readonly kind: 'taken'; readonly holder: string }

export interface LeaseLock {
  /** Takes or renews the lease. Throws when the API server does not do as told; the lease may be ours even then. */
  attempt(options: CallOptions): Promise<LockAttempt>
  /** Gives it back, if it is ours, so that others need not wait for its end. Throws as `attempt`. */
  release(options: CallOptions): Promise<void>
  /** Whom the lease names, as last seen. */
  readonly holder: string | undefined
}

export interface LeaseLockOptions {
  readonly leases: Pick<ResourceClient<Lease>, 'get' | 'create' | 'replace'>
  readonly namespace: string
  readonly name: string
  readonly identity: string
  readonly leaseDurationMs: number
  readonly clock: Clock
}

interface Term {
  readonly transitions: number
  readonly acquiredAt: string
}

/**
 * One candidate's view of a Lease. The times in it are other machines' and never compared with ours: a term ends when
 * the lease has not changed for its duration on our own clock.
 */
export function leaseLock(options: LeaseLockOptions): LeaseLock {
  const { leases, namespace, name, identity, clock } = options
  let seen: Lease | undefined
  let changedAt = 0
  /** Our own term; absent before it. */
  let held: Term | undefined

  const observe = (lease: Lease): void => {
    if (seen === undefined || JSON.stringify(seen.spec) !== JSON.stringify(lease.spec)) changedAt = clock.now()
    seen = lease
  }
  const runsFor = (lease: Lease): boolean => clock.now() < changedAt + (lease.spec?.leaseDurationSeconds ?? 0) * 1_000

  const write = async (base: Lease, call: CallOptions): Promise<LockAttempt> => {
    const sentAt = clock.now()
    const term = held ?? nextTerm(base, identity, sentAt)
    const spec = { ...base.spec, ...ownSpec(options, term, sentAt) }
    const exists = base.metadata.resourceVersion !== undefined
    const stored = exists ? await leases.replace({ ...base, spec }, call) : await leases.create({ ...base, spec }, call)
    held = term
    observe(stored.body)
    return { kind: 'held', sentAt, transitions: term.transitions }
  }
  const read = async (call: CallOptions): Promise<Lease> => {
    try {
      const { body } = await leases.get(namespace, name, call)
      observe(body)
      return body
    } catch (error) {
      if (!isNotFound(error)) throw error
      return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name } }
    }
  }

  /** The quick way of a leader: a write on what it wrote last. Undefined = the lease has changed or is gone. */
  const renew = async (call: CallOptions): Promise<LockAttempt | undefined> => {
    if (held === undefined || seen === undefined) return undefined
    try {
      return await write(seen, call)
    } catch (error) {
      if (isApiError(error, 409) || isNotFound(error)) return undefined
      throw error
    }
  }
  const isTaken = (lease: Lease, holder: string): boolean => {
    if (holder === identity || lease.metadata.resourceVersion === undefined) return false
    // Who held it and finds another name, or none, has been passed over, whatever the times say.
    return held !== undefined || (holder !== '' && runsFor(lease))
  }

  return {
    async attempt(call) {
      const renewed = await renew(call)
      if (renewed !== undefined) return renewed
      const lease = await read(call)
      const holder = lease.spec?.holderIdentity ?? ''
      return isTaken(lease, holder) ? { kind: 'taken', holder } : write(lease, call)
    },
    async release(call) {
      if (held === undefined) return
      const lease = await read(call)
      if (lease.spec?.holderIdentity !== identity) return
      const now = microTime(clock.now())
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now }
      observe((await leases.replace({ ...lease, spec }, call)).body)
      held = undefined
    },
    get holder() {
      return seen?.spec?.holderIdentity
    },
  }
}

/** A lease that already names us (a lost reply) goes on; a new one begins at 0; any other is one more transition. */
function nextTerm({ spec, metadata }: Lease, identity: string, now: number): Term {
  const transitions = spec?.leaseTransitions ?? 0
  if (metadata.resourceVersion === undefined) return { transitions: 0, acquiredAt: microTime(now) }
  if (spec?.holderIdentity !== identity) return { transitions: transitions + 1, acquiredAt: microTime(now) }
  return { transitions, acquiredAt: spec.acquireTime ?? microTime(now) }
}

function ownSpec({ identity, leaseDurationMs }: LeaseLockOptions, term: Term, now: number): LeaseSpec {
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(leaseDurationMs / 1_000),
    acquireTime: term.acquiredAt,
    renewTime: microTime(now),
    leaseTransitions: term.transitions,
  }
}
