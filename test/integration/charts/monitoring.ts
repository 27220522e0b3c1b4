import type { Board } from '../../fixtures/queries.ts'
import { manifestsIn, rendered } from './helm.ts'

/** What the API server would get of a release that is monitored, with its gateway; somebody hears at once of a stock that is exhausted. */
export async function monitoringOf(release: string) {
  const soon = { KbntStockExhausted: { for: '1s' } }
  const values = ['serviceMonitor', 'prometheusRule', 'dashboards', 'gateway']
    .map((name) => `${name}.enabled=true`)
    .join(',')
  const args = ['--namespace', release, '--set', values, '--set-json', `prometheusRule.alerts=${JSON.stringify(soon)}`]
  const all = manifestsIn(await rendered('kbnt-operator', ...args))
  const boards = all
    .filter(({ metadata }) => metadata.name.includes('-dashboard-'))
    .flatMap((one) => Object.values(one['data'] as Readonly<Record<string, string>>))
    .map((text) => JSON.parse(text) as Board)
  return { rules: all.find(({ kind }) => kind === 'PrometheusRule')?.['spec'] as object, boards }
}
