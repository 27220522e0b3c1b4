import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApiServer } from '../../../hack/testbed/api-server.ts'
import { testbed } from '../../fixtures/testbed.ts'
import type { Manifest } from './helm.ts'

/** An API server that writes down who calls what. A right is told as `group/resource verb`. */
export interface AuditedServer {
  readonly server: ApiServer
  /** What this user has called, as rights. */
  callsOf(username: string): Promise<Set<string>>
  /** The calls of this user that were forbidden. */
  refusedOf(username: string): Promise<readonly object[]>
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}
interface AuditEvent {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: { readonly apiGroup?: string; readonly resource: string; readonly subresource?: string }
  readonly responseStatus?: { readonly code: number }
}

const everything = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
}

/** Its log is in this directory. */
export async function auditedServer(directory: string): Promise<AuditedServer> {
  const policy = join(directory, 'policy.yaml')
  const log = join(directory, 'audit.log')
  await writeFile(policy, JSON.stringify(everything))
  const server = await testbed().ownApiServer([`--audit-policy-file=${policy}`, `--audit-log-path=${log}`])

  async function auditOf(username: string): Promise<AuditEvent[]> {
    const lines = (await readFile(log, 'utf8')).trim().split('\n')
    return lines.map((line) => JSON.parse(line) as AuditEvent).filter(({ user }) => user.username === username)
  }
  return {
    server,
    async callsOf(username) {
      const calls = (await auditOf(username)).flatMap(({ verb, objectRef }) => {
        if (!objectRef) return []
        const { apiGroup = '', resource, subresource } = objectRef
        return [`${apiGroup}/${resource}${subresource ? `/${subresource}` : ''} ${verb}`]
      })
      return new Set(calls)
    },
    refusedOf: async (username) =>
      (await auditOf(username)).filter(({ responseStatus }) => responseStatus?.code === 403),
  }
}

/** The rights that roles of these names give. */
export function grantedBy(manifests: readonly Manifest[], names: readonly string[]): Set<string> {
  const roles = manifests.filter(({ kind, metadata }) => /Role$/.test(kind) && names.includes(metadata.name))
  const rules = roles.flatMap(({ rules: all }) => all as Rule[])
  return new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((name) => verbs.map((verb) => `${group}/${name} ${verb}`))),
    ),
  )
}
