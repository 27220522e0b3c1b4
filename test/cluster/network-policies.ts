import assert from 'node:assert/strict'
import type { Pod } from './namespaces.ts'

interface Port {
  readonly port: number | string
  readonly protocol: string
}
interface Rule {
  readonly ports?: readonly Port[]
  readonly from?: readonly object[]
  readonly to?: readonly object[]
}
interface Expression {
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
}

/** As the API server has it. */
export interface NetworkPolicy {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly podSelector: {
      readonly matchLabels?: Readonly<Record<string, string>>
      readonly matchExpressions?: readonly Expression[]
    }
    readonly policyTypes: readonly string[]
    readonly ingress?: readonly Rule[]
    readonly egress?: readonly Rule[]
  }
}

type Direction = 'ingress' | 'egress'

/**
 * Whether a pod may be reached at a port, or may reach that port of others, by the union of what selects it: what a network
 * that heeds policies would do. Only rules for everybody are understood; throws for what else there is in one that decides.
 */
export function allows(policies: readonly NetworkPolicy[], pod: Pod, direction: Direction, wanted: Port): boolean {
  const type = direction === 'ingress' ? 'Ingress' : 'Egress'
  const selecting = policies.filter(({ spec }) => spec.policyTypes.includes(type) && selects(spec.podSelector, pod))
  if (selecting.length === 0) return true
  return selecting.some(({ spec }) => (spec[direction] ?? []).some((rule) => fits(rule, pod, wanted)))
}

function selects({ matchLabels = {}, matchExpressions = [] }: NetworkPolicy['spec']['podSelector'], pod: Pod): boolean {
  const { labels } = pod.metadata
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      assert.equal(operator, 'In')
      return values.includes(labels[key] ?? '')
    })
  )
}

function fits({ ports, from, to }: Rule, pod: Pod, wanted: Port): boolean {
  const named = (port: number | string) =>
    pod.spec.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === port)?.containerPort
  const fitting =
    ports === undefined ||
    ports.some(({ port, protocol }) => protocol === wanted.protocol && (named(port) ?? port) === wanted.port)
  if (fitting) assert.deepEqual([from, to], [undefined, undefined], 'peers are not understood here')
  return fitting
}
