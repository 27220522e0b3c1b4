import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { mustRun, runProgram } from '../testbed/run-program.ts'
import { type ClusterPlaces, NODE, network, sources } from './layout.ts'

const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids']
/** The kubelet and nftables write these, and they belong to the whole machine. */
const SYSCTLS = [
  ...['vm.overcommit_memory', 'kernel.panic', 'kernel.panic_on_oops'],
  ...['kernel.keys.root_maxkeys', 'kernel.keys.root_maxbytes'],
]
const LINK = 'kbnt0'
const POLL_MS = 50

/** The namespaces that the node lives in. It goes on when we end. */
export interface Sandbox {
  /** Runs a program on the node. Throws with what it said when it fails. */
  run(...command: readonly string[]): Promise<string>
}

/** Where the first process of the node is noted. */
const pidFile = (run: string) => join(run, 'node.pid')

/** The node that runs; undefined when none does. */
export async function findSandbox({ run }: ClusterPlaces): Promise<Sandbox | undefined> {
  const pid = await livePid(run)
  return pid === undefined ? undefined : sandboxOf(pid)
}

/** Makes network, control groups and namespaces, and starts the node's first process in them. */
export async function startSandbox(places: ClusterPlaces, servers: string): Promise<Sandbox> {
  await writeFile(join(places.run, 'sysctls.json'), JSON.stringify(await readSysctls()))
  await makeNetwork()
  await makeControlGroups()
  const log = await open(join(places.logs, 'node.log'), 'w')
  const groups = [...CONTROLLERS, 'systemd'].map((name) => `echo $$ > /sys/fs/cgroup/${name}/${NODE}/cgroup.procs`)
  const enter = `exec nsenter --net=/run/netns/${NODE} unshare --mount --pid --uts --ipc --cgroup --fork ${sources}/node.sh`
  const child = spawn('bash', ['-c', `${groups.join('; ')}; ${enter}`], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: nodeEnvironment(places, servers),
  })
  child.unref()
  await log.close()
  const pid = await firstProcess(child.pid ?? 0)
  await writeFile(pidFile(places.run), JSON.stringify({ pid, startedAt: await startOf(pid) }))
  return sandboxOf(pid)
}

/** Ends the node and takes back everything that it changed on the machine. Harmless when nothing runs. */
export async function endSandbox({ run }: ClusterPlaces): Promise<void> {
  const pid = await livePid(run)
  if (pid !== undefined) {
    process.kill(pid, 'SIGKILL')
    while (existsSync(`/proc/${pid}`)) await pause(POLL_MS)
  }
  await runProgram({ command: 'ip', arguments: ['link', 'del', LINK] })
  await runProgram({ command: 'ip', arguments: ['netns', 'del', NODE] })
  await removeControlGroups()
  for (const [name, value] of Object.entries(await savedSysctls(run)))
    await runProgram({ command: 'sysctl', arguments: ['-qw', `${name}=${value}`] })
  await rm(run, { recursive: true, force: true })
}

function sandboxOf(pid: number): Sandbox {
  const enter = ['-t', String(pid), '-m', '-p', '-n', '-u', '-i', '-C']
  return {
    run: async (...command) => (await mustRun({ command: 'nsenter', arguments: [...enter, ...command] })).stdout,
  }
}

function nodeEnvironment({ run, programs }: ClusterPlaces, servers: string): NodeJS.ProcessEnv {
  const { nodeAddress, apiPort, services } = network
  return {
    ...{ PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', RUN: run, PROGRAMS: programs, NODE },
    ...{ SERVERS: servers, NODE_ADDRESS: nodeAddress, API_PORT: String(apiPort), SERVICES: services },
    CONTROLLERS: CONTROLLERS.join(' '),
  }
}

/** One pair of links; the routes to pods and services go with it. */
async function makeNetwork(): Promise<void> {
  const { hostAddress, nodeAddress, pods, services } = network
  const steps = [
    `netns add ${NODE}`,
    `link add ${LINK} type veth peer name eth0 netns ${NODE}`,
    `addr add ${hostAddress}/30 dev ${LINK}`,
    `link set ${LINK} up`,
    `-n ${NODE} addr add ${nodeAddress}/30 dev eth0`,
    `-n ${NODE} link set eth0 up`,
    `-n ${NODE} link set lo up`,
    `-n ${NODE} route add default via ${hostAddress}`,
    `netns exec ${NODE} sysctl -qw net.ipv4.ip_forward=1`,
    `route add ${pods} via ${nodeAddress}`,
    `route add ${services} via ${nodeAddress}`,
  ]
  for (const step of steps) await mustRun({ command: 'ip', arguments: step.split(' ') })
}

/** One group for each controller, which becomes the root of what the node sees. */
async function makeControlGroups(): Promise<void> {
  for (const name of [...CONTROLLERS, 'systemd']) await mkdir(`/sys/fs/cgroup/${name}/${NODE}`, { recursive: true })
  for (const name of ['cpuset.cpus', 'cpuset.mems']) {
    await writeFile(`/sys/fs/cgroup/cpuset/${NODE}/${name}`, await readFile(`/sys/fs/cgroup/cpuset/${name}`))
  }
}

async function removeControlGroups(): Promise<void> {
  for (const name of [...CONTROLLERS, 'systemd']) {
    const group = `/sys/fs/cgroup/${name}/${NODE}`
    // what was killed may need a moment to leave
    for (let tries = 0; existsSync(group) && tries < 100; tries += 1) {
      await runProgram({ command: 'find', arguments: [group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+'] })
      if (existsSync(group)) await pause(POLL_MS)
    }
  }
}

async function firstProcess(parent: number): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '')
    const [pid] = children.trim().split(' ')
    if (pid) return Number(pid)
    await pause(POLL_MS)
  }
  throw new Error('the node did not start: see its log')
}

async function livePid(run: string): Promise<number | undefined> {
  const text = await readFile(pidFile(run), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { pid, startedAt } = JSON.parse(text) as { pid: number; startedAt: string }
  return (await startOf(pid)) === startedAt ? pid : undefined
}

/** When a process began, so that a number given out again is not taken for it. Empty when there is none. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

async function readSysctls(): Promise<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const name of SYSCTLS) {
    const path = `/proc/sys/${name.replaceAll('.', '/')}`
    values[name] = (await readFile(path, 'utf8')).trim()
  }
  return values
}

async function savedSysctls(run: string): Promise<Record<string, string>> {
  const text = await readFile(join(run, 'sysctls.json'), 'utf8').catch(() => '{}')
  return JSON.parse(text) as Record<string, string>
}
