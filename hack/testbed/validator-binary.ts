import { join } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { goBuild } from './go-build.ts'
import { cacheDirectory, versions } from './places.ts'
import type { Progress } from './progress.ts'
import { isExecutable } from './run-program.ts'

/** Judges of what we ship that are not ours: of the OLM bundle, and of the objects that the charts make. */
const validators = {
  'operator-verify': {
    version: versions.operatorVerify,
    package: 'github.com/operator-framework/api/cmd/operator-verify',
  },
  'kube-score': { version: versions.kubeScore, package: 'github.com/zegl/kube-score/cmd/kube-score' },
} as const

export const validatorNames = Object.keys(validators) as readonly (keyof typeof validators)[]

/** The path of a validator, built from Go modules on the first call on a machine. Parallel runs share one. */
export async function validatorBinary(
  name: keyof typeof validators,
  environment: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<string> {
  const validator = validators[name]
  const cache = join(cacheDirectory(environment), `${name}-${validator.version}`)
  const path = join(cache, 'bin', name)
  if (await isExecutable(path)) return path
  return withFileLock(join(cache, 'lock'), progress, async () => {
    if (await isExecutable(path)) return path // the run we waited for made it
    progress(`building ${name} from source; takes about 90 seconds on two cores`)
    await goBuild(path, { module: name, package: validator.package, flags: '-s -w' }, environment)
    return path
  })
}
