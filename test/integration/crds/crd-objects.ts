import assert from 'node:assert/strict'
import type { CrdCluster } from './crd-cluster.ts'

/** Every kind of ours. */
export const kinds = [
  'VirtualStock',
  'Reservation',
  'VirtualMachine',
  'VirtualStorage',
  'VirtualNetwork',
  'VirtualizationRequest',
  'Order',
  'EventSpool',
  'NetworkFabric',
] as const
export type Kind = (typeof kinds)[number]

export function anObject(kind: Kind, name: string, spec: object): object {
  return { apiVersion: 'kbnt.io/v1beta1', kind, metadata: { name }, spec }
}

/** What kubectl takes for any kind; by the kind's name alone it finds only those whose resource is called the same. */
const argument = (kind: Kind) => `${kind}.v1beta1.kbnt.io`

/** What is wrong, fault by fault; without the line that says that other rules were not checked for that reason. */
export function sentencesOf(answer: string): string[] {
  const [, faults = ''] = answer.split(' is invalid: ')
  return faults
    .split(/^\* /m)
    .map((fault) => fault.trim())
    .filter((fault) => fault !== '' && !fault.startsWith('<nil>: '))
}

/** Short sentences for what these suites do in a namespace of their own, which it makes. Whatever should work and doesn't throws. */
export type CrdObjects = Awaited<ReturnType<typeof crdObjects>>

export async function crdObjects(cluster: Pick<CrdCluster, 'kubectl'>, namespace: string) {
  const kubectl: CrdCluster['kubectl'] = (args, stdin) => cluster.kubectl(['--namespace', namespace, ...args], stdin)
  const done = async (args: readonly string[], stdin?: unknown): Promise<string> => {
    const { code, stdout, stderr } = await kubectl(args, stdin)
    assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  await done(['create', 'namespace', namespace])
  const refusal = async (args: readonly string[], stdin?: unknown): Promise<string> => {
    const { code, stdout, stderr } = await kubectl(args, stdin)
    assert.notEqual(code, 0, `kubectl ${args.join(' ')} was not refused: ${stdout}`)
    return stderr.trim()
  }
  const patchArgs = (kind: Kind, name: string, patch: object) => {
    const subresource = 'status' in patch ? ['--subresource=status'] : []
    return ['patch', argument(kind), name, '--type=merge', ...subresource, '-p', JSON.stringify(patch)]
  }
  return {
    done,
    refusal,
    create: (kind: Kind, name: string, spec: object) => done(['create', '-f', '-'], anObject(kind, name, spec)),
    /** What the API server would store, without storing it. */
    tryCreate: async (kind: Kind, spec: object) =>
      JSON.parse(await done(['create', '--dry-run=server', '-o', 'json', '-f', '-'], anObject(kind, 'tried', spec))),
    refusedCreate: async (kind: Kind, spec: object) =>
      sentencesOf(await refusal(['create', '--dry-run=server', '-f', '-'], anObject(kind, 'x', spec))),
    get: async (kind: Kind, name: string) => JSON.parse(await done(['get', argument(kind), name, '-o', 'json'])),
    /** A merge patch of the spec, or of the status when there is one in it. */
    patch: (kind: Kind, name: string, patch: object) => done(patchArgs(kind, name, patch)),
    refusedPatch: async (kind: Kind, name: string, patch: object) =>
      sentencesOf(await refusal(patchArgs(kind, name, patch))),
  }
}
