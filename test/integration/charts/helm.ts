import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { helmBinary } from '../../../hack/testbed/helm-binary.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { silent } from '../../../hack/testbed/progress.ts'
import { type Finished, runProgram } from '../../../hack/testbed/run-program.ts'
import { type Testbed, testbed } from '../../fixtures/testbed.ts'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** Runs helm; never throws for its exit code. */
export async function helm(...args: string[]): Promise<Finished> {
  return runProgram({ command: await helmBinary(process.env, silent), arguments: args, directory: projectDirectory })
}

/** Values as arguments of helm. */
export function setJson(values: object): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`])
}

/** What `helm template` writes for a chart of ours in namespace kbnt-system. Throws when helm refuses. */
export async function rendered(chart: string, ...args: string[]): Promise<string> {
  const options = ['--namespace', 'kbnt-system', ...args]
  const { exitCode, stdout, stderr } = await helm('template', chart, join('charts', chart), ...options)
  if (exitCode !== 0) throw new Error(stderr)
  return stdout
}

/** Throws where it is no YAML, such as where a field is there twice. */
export function manifestsIn(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors
    if (error) throw error
    return document.toJS() as Manifest
  })
}

/** What an API server, the test bed's unless another is given, says to all of them, strictly; it keeps none. Their namespaces must be there. */
export async function dryRun(
  items: readonly Manifest[],
  kubectl: Testbed['kubectl'] = testbed().kubectl,
): Promise<{ readonly code: number; readonly stderr: string }> {
  const args = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-']
  const { code, stderr } = await kubectl(args, { apiVersion: 'v1', kind: 'List', items })
  return { code, stderr }
}
