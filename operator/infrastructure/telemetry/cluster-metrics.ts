import { Gauge, type Registry } from 'prom-client'
import { type ApiMetrics, apiMetrics } from './api-metrics.ts'

/** What passes between the operator and the API server. */
export interface ClusterMetrics extends ApiMetrics {
  leading(lease: string, leading: boolean): void
  /** How many of the watched namespaces a leader serves, and which it can't list. */
  namespaces(served: number, unlisted: readonly string[]): void
  /** Kinds that it can't list in a namespace; '' = in all of them. Read with each scrape. */
  unlistedKinds(now: () => readonly { readonly resource: string; readonly namespace: string }[]): void
}

export function clusterMetrics(register: Registry): ClusterMetrics {
  const registers = [register]
  const gauge = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Gauge({ name, help, labelNames, registers })
  const leader = gauge('leader_election_master_status', 'Whether this process leads.', ['name'])
  const served = gauge(
    'kbnt_served_namespaces',
    'Watched namespaces that this leader serves; all of a cluster count as one.',
    [],
  )
  let unlistedNow: readonly string[] = []
  let kindsNow: () => readonly { readonly resource: string; readonly namespace: string }[] = () => []
  new Gauge({
    name: 'kbnt_unlisted_namespaces',
    help: 'Always 1: a watched namespace that can not be listed; with resource only that kind can not be, where namespace is empty in any.',
    ...{ labelNames: ['namespace', 'resource'], registers },
    collect() {
      this.reset()
      for (const namespace of unlistedNow) this.set({ namespace }, 1)
      for (const { namespace, resource } of kindsNow()) this.set({ namespace, resource }, 1)
    },
  })
  return {
    ...apiMetrics(register),
    leading: (name, yes) => leader.set({ name }, yes ? 1 : 0),
    namespaces(count, unlisted) {
      served.set(count)
      unlistedNow = unlisted
    },
    unlistedKinds(now) {
      kindsNow = now
    },
  }
}
