import { existsSync } from 'node:fs'
import { findOnPath } from '../testbed/run-program.ts'

const needed = {
  containerd: 'containerd',
  runc: 'runc',
  ip: 'iproute2',
  nft: 'nftables',
  iptables: 'iptables',
  nsenter: 'util-linux',
} as const

/** Why a node can't run on this machine, in one sentence with the way out; undefined = it can. */
export async function whatIsMissing(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (process.platform !== 'linux') return `a node needs Linux, and this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'a node needs root for its namespaces: run it with sudo'
  if (!existsSync('/sys/fs/cgroup/memory')) return 'the node is made for cgroup v1, and this machine has v2 only'
  const path = { PATH: `${environment['PATH'] ?? ''}:/usr/sbin:/sbin` }
  const missing: string[] = []
  for (const [program, name] of Object.entries(needed)) if (!(await findOnPath(program, path))) missing.push(name)
  if (!existsSync('/usr/lib/cni/bridge')) missing.push('containernetworking-plugins')
  return missing.length > 0
    ? `the node needs programs that are not here: apt-get install ${missing.join(' ')}`
    : undefined
}
