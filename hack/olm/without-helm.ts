import { parse, stringify } from 'yaml'
import type { Manifest } from './manifest.ts'

/** As the chart made them; what OLM makes is in a namespace that nobody knows before. */
export const install = { namespace: 'kbnt-system', name: 'kbnt-operator' } as const
const helmsLabels = ['helm.sh/chart', 'app.kubernetes.io/managed-by']

/** A manifest of the chart as OLM wants it: no namespace, for OLM chooses it; nothing that says Helm. */
export function withoutHelm(manifest: Manifest): Manifest {
  const { namespace: _namespace, labels, ...metadata } = manifest.metadata
  const settings = manifest.kind === 'ConfigMap' && { data: settledLater(manifest['data'] as SettingsData) }
  return withoutInstall({
    ...manifest,
    metadata: { ...metadata, ...(labels && { labels: without(labels) }) },
    ...settings,
  })
}

/**
 * Monitors take the label kbnt_install from the namespace that they find the pods in, and rules, which can't know it, look at
 * all installs: with one name for all, one that lives would hide another that is dead.
 */
function withoutInstall(manifest: Manifest): Manifest {
  const { namespace, name } = install
  const text = JSON.stringify(manifest)
  if (manifest.kind === 'ServiceMonitor') {
    const [fixed, found] = [`"replacement":"${namespace}/${name}"`, `"replacement":"$1/${name}"`]
    const from = '"sourceLabels":["__meta_kubernetes_namespace"]'
    return JSON.parse(text.replaceAll(fixed, () => `${from},${found}`)) as Manifest
  }
  if (manifest.kind !== 'PrometheusRule') return manifest
  const ours = JSON.stringify(`kbnt_install="${namespace}/${name}"`).slice(1, -1)
  return JSON.parse(text.replaceAll(`, ${ours}`, '').replaceAll(`{${ours}}`, '')) as Manifest
}

/** Labels without those that Helm's are. */
export function without(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !helmsLabels.includes(name)))
}

type SettingsData = Readonly<Record<'settings.yaml', string>>

/** Without a namespace of the lease, it is the one that the operator runs in; brokers and payments come with the Subscription. */
function settledLater(data: SettingsData): SettingsData {
  const {
    kafka: _kafka,
    orders: _orders,
    leaderElection,
    ...settings
  } = parse(data['settings.yaml']) as Record<string, object>
  const { namespace: _namespace, ...lease } = { ...leaderElection } as Record<string, unknown>
  return { 'settings.yaml': stringify({ ...settings, leaderElection: lease }) }
}
