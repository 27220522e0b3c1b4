import { readdir } from 'node:fs/promises'
import { mustRun } from './run-program.ts'

/** Applies every CRD under `directory`, waits until each is served, and answers how many there are. Safe to repeat. */
export async function installCrds(kubectl: string, kubeconfigPath: string, directory: string): Promise<number> {
  const run = (...args: string[]) => mustRun({ command: kubectl, arguments: ['--kubeconfig', kubeconfigPath, ...args] })
  await run('apply', '--server-side', '--force-conflicts', '-f', directory)
  await run('wait', '--for=condition=Established', '--timeout=30s', '-f', directory)
  return (await readdir(directory)).filter((name) => name.endsWith('.yaml')).length
}

/** For whoever watches them being installed. */
export function crdsInWords(count: number): string {
  return `${count} CRDs (VirtualStock, Reservation, VirtualMachine, …)`
}
