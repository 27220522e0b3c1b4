import { mkdir, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { projectDirectory, versions } from './places.ts'
import { mustRun } from './run-program.ts'

/** Of all programs of Kubernetes. One set for all: flags are part of Go's cache key. */
export const kubernetesFlags = [
  '-s -w',
  `-X k8s.io/component-base/version.gitVersion=v${versions.kubernetes}`,
  `-X k8s.io/component-base/version.gitMajor=${versions.kubernetes.split('.')[0]}`,
  `-X k8s.io/component-base/version.gitMinor=${versions.kubernetes.split('.')[1]}`,
  `-X k8s.io/client-go/pkg/version.gitVersion=v${versions.kubernetes}`,
].join(' ')

export interface GoBuild {
  /** The folder under hack/ with the go.mod that pins it. */
  readonly module: string
  readonly package: string
  readonly flags: string
}

/** Builds one program. A file at `path` is always whole: it appears by a rename. */
export async function goBuild(path: string, { module, flags, ...build }: GoBuild, environment: NodeJS.ProcessEnv) {
  const unfinished = `${path}.${process.pid}`
  await mkdir(dirname(path), { recursive: true })
  await mustRun({
    command: 'go',
    // -mod=mod: Go leaves checksums out of go.sum that only its own list of packages needs
    arguments: [
      'build',
      '-mod=mod',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags',
      flags,
      '-o',
      unfinished,
      build.package,
    ],
    directory: join(projectDirectory, 'hack', module),
    environment: { HOME: homedir(), ...environment, CGO_ENABLED: '0' },
  })
  await rename(unfinished, path)
}
