import type { ClusterSite, Programs } from './cluster-site.ts'
import { commandsUnder } from './install-page.ts'

/** What an install needs to know of this cluster: its image, its Kafka, and that no KubeVirt is there. */
export function valuesOf({ image, brokers }: ClusterSite): string[] {
  const [repository] = image.split(':')
  return set(
    `image.repository=${repository}`,
    `kafka.brokers={${brokers}}`,
    'settings.kafka.createTopics=true',
    'settings.machines.provider=Simulated',
  )
}

function set(...values: readonly string[]): string[] {
  return values.flatMap((value) => ['--set', value])
}

/** Where the kinds are already, this changes nothing. */
export async function installKinds(site: ClusterSite): Promise<void> {
  const [kinds] = await commandsUnder('Kubernetes')
  await site.run(kinds)
}

/** The operator in a namespace that is there; resolves when it is ready. */
export async function install(site: ClusterSite, namespace: string, ...values: readonly string[]): Promise<void> {
  await helmIn(site, namespace)('install', 'charts/kbnt-operator', ...valuesOf(site), ...set(...values), ...ready)
}

export const ready = ['--wait', '--timeout=60s']

/** Runs helm for the release of a namespace: `helm VERB kbnt-operator …`. */
export function helmIn(programs: Programs, namespace: string) {
  return (verb: string, ...args: readonly string[]): Promise<string> =>
    programs.helm(verb, 'kbnt-operator', ...args, '-n', namespace)
}
