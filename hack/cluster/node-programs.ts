import { join } from 'node:path'
import { withFileLock } from '../testbed/file-lock.ts'
import { type GoBuild, goBuild, kubernetesFlags } from '../testbed/go-build.ts'
import type { Progress } from '../testbed/progress.ts'
import { isExecutable } from '../testbed/run-program.ts'

const ofKubernetes = (name: string): GoBuild => ({
  module: 'node',
  package: `k8s.io/kubernetes/cmd/${name}`,
  flags: kubernetesFlags,
})

const builds: Readonly<Record<string, GoBuild>> = {
  pause: { module: 'pause', package: '.', flags: '-s -w' },
  coredns: { module: 'coredns', package: '.', flags: '-s -w' },
  'kube-scheduler': ofKubernetes('kube-scheduler'),
  'kube-controller-manager': ofKubernetes('kube-controller-manager'),
  'kube-proxy': ofKubernetes('kube-proxy'),
  kubelet: ofKubernetes('kubelet'),
}

/** Builds what a node needs beside the servers of the test bed, once for a machine; parallel runs share one build. */
export async function nodePrograms(directory: string, environment: NodeJS.ProcessEnv, progress: Progress) {
  const missing = async () => {
    const names = Object.keys(builds)
    const there = await Promise.all(names.map((name) => isExecutable(join(directory, name))))
    return names.filter((_, index) => !there[index])
  }
  if ((await missing()).length === 0) return
  await withFileLock(join(directory, '..', 'lock'), progress, async () => {
    for (const name of await missing()) {
      progress(`building ${name} from source; all of the node takes about 8 minutes on two cores`)
      await goBuild(join(directory, name), builds[name] as GoBuild, environment)
    }
  })
}
