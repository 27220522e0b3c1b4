import { mkdir, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { projectDirectory, versions } from './places.ts'
import type { Progress } from './progress.ts'
import { findOnPath, isExecutable, mustRun } from './run-program.ts'

interface Build {
  readonly name: string
  readonly module: string
  readonly package: string
  readonly flags: string
}

const kubernetesVersionFlags = [
  `-X k8s.io/component-base/version.gitVersion=v${versions.kubernetes}`,
  `-X k8s.io/component-base/version.gitMajor=${versions.kubernetes.split('.')[0]}`,
  `-X k8s.io/component-base/version.gitMinor=${versions.kubernetes.split('.')[1]}`,
  `-X k8s.io/client-go/pkg/version.gitVersion=v${versions.kubernetes}`,
].join(' ')

/** Said at each, so that whoever waits knows how long; the API server is two thirds of it. */
const usually = 'all take about 7 minutes on two cores'

/** One set of flags for all of Kubernetes: they are part of Go's cache key, and kubectl reuses most of the server's packages. */
const builds: readonly Build[] = [
  {
    name: 'kube-apiserver',
    module: 'kube',
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
    flags: `-s -w ${kubernetesVersionFlags}`,
  },
  {
    name: 'kubectl',
    module: 'kube',
    package: 'k8s.io/kubernetes/cmd/kubectl',
    flags: `-s -w ${kubernetesVersionFlags}`,
  },
  {
    name: 'etcd',
    module: 'etcd',
    package: 'go.etcd.io/etcd/server/v3',
    flags: '-s -w',
  },
]

/** Builds what is missing in `directory` from Go modules. A file there is always whole: it appears by a rename. */
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
  await mkdir(directory, { recursive: true })
  for (const [index, build] of builds.entries()) {
    const path = join(directory, build.name)
    if (await isExecutable(path)) continue
    progress(`building ${build.name} from source, ${index + 1} of ${builds.length}; ${usually}`)
    const unfinished = `${path}.${process.pid}`
    await mustRun({
      command: 'go',
      // -mod=mod: Go leaves checksums out of go.sum that only its own list of packages needs
      arguments: [
        'build',
        '-mod=mod',
        '-trimpath',
        '-buildvcs=false',
        '-ldflags',
        build.flags,
        '-o',
        unfinished,
        build.package,
      ],
      directory: join(projectDirectory, 'hack', build.module),
      environment: { HOME: homedir(), ...environment, CGO_ENABLED: '0' },
    })
    await rename(unfinished, path)
  }
}
