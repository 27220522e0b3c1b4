import { mustRun } from './run-program.ts'

/** Applies every CRD under `directory` and waits until each is served. Safe to repeat. */
export async function installCrds(kubectl: string, kubeconfigPath: string, directory: string): Promise<void> {
  const run = (...args: string[]) => mustRun({ command: kubectl, arguments: ['--kubeconfig', kubeconfigPath, ...args] })
  await run('apply', '--server-side', '--force-conflicts', '-f', directory)
  await run('wait', '--for=condition=Established', '--timeout=30s', '-f', directory)
}
