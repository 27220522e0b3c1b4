import assert from 'node:assert/strict'
import { note } from '../fixtures/note.ts'
import { until } from '../fixtures/until.ts'
import type { ClusterSite, Programs } from './cluster-site.ts'

/** What is deleted, and what it waits for, is gone by then. */
const GONE_WITHIN_MS = 60_000

export interface Listed<T> {
  readonly items: readonly T[]
}

export interface Pod {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: { readonly containers: readonly { readonly ports?: readonly ContainerPort[] }[] }
  readonly status: { readonly podIP: string; readonly phase: string }
}
interface ContainerPort {
  readonly name: string
  readonly containerPort: number
}

/** A namespace where only pods may run that Pod Security calls restricted. */
export async function makeRestricted(site: Programs, name: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await site.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
}

/** The pods of a program of the chart. */
export async function podsOf(site: Programs, namespace: string, program = 'kbnt-operator'): Promise<readonly Pod[]> {
  const selector = `app.kubernetes.io/name=${program}`
  return (await site.json<Listed<Pod>>('get', 'pods', '-n', namespace, '-l', selector)).items
}

/** Who leads in this namespace: the name of a pod. Empty when nobody does. */
export async function leaderIn(site: Programs, namespace: string): Promise<string> {
  const holder = ['-o', 'jsonpath={.spec.holderIdentity}']
  const lease = await site.tryKubectl('get', 'lease', 'kbnt-operator', '-n', namespace, ...holder)
  return lease.stdout.split('_')[0] ?? ''
}

export async function assertBooksClose(site: ClusterSite, namespace: string): Promise<void> {
  const { findings, text } = await site.audit(namespace)
  assert.deepEqual(findings, [], text)
}

/** Finalizers of ours that objects of ours have: in one namespace, or in all of them. */
export async function finalizersIn(site: Programs, namespace?: string): Promise<readonly string[]> {
  const where = namespace === undefined ? ['-A'] : ['-n', namespace]
  const found = await site.json<Listed<{ metadata: { finalizers?: string[] } }>>('get', 'vstk,rsv,vmach', ...where)
  return found.items.flatMap(({ metadata }) => metadata.finalizers ?? []).filter((name) => name.startsWith('kbnt.io/'))
}

/** What installs have made that is of no namespace. The installer role is not among it: it comes with the kinds. */
export async function ofTheCluster(site: Programs): Promise<readonly string[]> {
  const names = (await site.kubectl('get', 'clusterrole,clusterrolebinding', '-o', 'name')).split('\n')
  return names.filter((name) => name.includes('kbnt') && !name.endsWith('/kbnt-operator-installer'))
}

/** Deletes a namespace, and notes how long that took. Throws when it is there a minute later. */
export async function goesWithin(site: Programs, name: string): Promise<void> {
  const startedAt = Date.now()
  await site.kubectl('delete', 'namespace', name, '--wait=false')
  const isGone = async () => (await site.tryKubectl('get', 'namespace', name)).exitCode !== 0 || undefined
  await until(`end of namespace ${name}`, GONE_WITHIN_MS, isGone)
  note(`namespace ${name} was gone after ${secondsSince(startedAt)}`)
}

/** Waits until nothing has our finalizers any more. Throws after a minute. */
export async function untilNoFinalizers(site: Programs, namespace: string): Promise<void> {
  const none = async () => (await finalizersIn(site, namespace)).length === 0 || undefined
  await until(`objects without finalizers in ${namespace}`, GONE_WITHIN_MS, none)
}

export function secondsSince(startedAt: number): string {
  return `${((Date.now() - startedAt) / 1_000).toFixed(1)} s`
}
