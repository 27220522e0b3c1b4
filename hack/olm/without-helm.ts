import { parse, stringify } from 'yaml'
import type { Manifest } from './manifest.ts'

const helmsLabels = ['helm.sh/chart', 'app.kubernetes.io/managed-by']

/** A manifest of the chart as OLM wants it: no namespace, for OLM chooses it; nothing that says Helm. */
export function withoutHelm(manifest: Manifest): Manifest {
  const { namespace: _namespace, labels, ...metadata } = manifest.metadata
  const settings = manifest.kind === 'ConfigMap' && { data: settledLater(manifest['data'] as SettingsData) }
  return { ...manifest, metadata: { ...metadata, ...(labels && { labels: without(labels) }) }, ...settings }
}

/** Labels without those that Helm's are. */
export function without(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !helmsLabels.includes(name)))
}

type SettingsData = Readonly<Record<'settings.yaml', string>>

/** Without a namespace of the lease, it is the one that the operator runs in; brokers come with the Subscription. */
function settledLater(data: SettingsData): SettingsData {
  const { kafka: _kafka, leaderElection, ...settings } = parse(data['settings.yaml']) as Record<string, object>
  const { namespace: _namespace, ...lease } = { ...leaderElection } as Record<string, unknown>
  return { 'settings.yaml': stringify({ ...settings, leaderElection: lease }) }
}
