import { type Cluster, findCluster, startCluster } from './cluster/cluster.ts'
import { whatIsMissing } from './cluster/whats-missing.ts'
import { terminalSteps } from './terminal-steps.ts'

const usage = `usage: npm run cluster -- up | down | status
  up      starts a Kubernetes of one node with real pods, without any container engine; prints what to export
  down    ends it and deletes its data
  status  says whether it runs; exit code 1 when it does not

It needs root, cgroup v1, Go, and Debian's packages containerd runc containernetworking-plugins iproute2 iptables nftables.
The first start builds its programs from source (about 15 minutes on two cores); later ones take half a minute.
`

const commands: Readonly<Record<string, () => Promise<number>>> = { up, down, status }

const command = commands[process.argv[2] ?? '']
if (!command || process.argv.length > 3) process.stderr.write(usage)
process.exitCode = command ? await command() : 2

async function up(): Promise<number> {
  const missing = await whatIsMissing(process.env)
  if (missing) {
    process.stderr.write(`${missing}\n`)
    return 1
  }
  const steps = terminalSteps(process.stderr)
  const cluster =
    (await findCluster(process.env)) ??
    (await steps.run({
      doing: 'cluster starting',
      run: (progress) => startCluster(process.env, progress),
      done: () => 'cluster ready',
    }))
  process.stdout.write(exportLine(cluster))
  return 0
}

async function down(): Promise<number> {
  const cluster = await findCluster(process.env)
  await cluster?.down()
  process.stderr.write(cluster ? 'cluster ended, its data deleted\n' : 'nothing runs\n')
  return 0
}

async function status(): Promise<number> {
  const cluster = await findCluster(process.env)
  process.stdout.write(cluster ? exportLine(cluster) : 'nothing runs; start it with: npm run cluster -- up\n')
  return cluster ? 0 : 1
}

function exportLine({ kubeconfig }: Cluster): string {
  return `export KUBECONFIG=${kubeconfig}\n`
}
