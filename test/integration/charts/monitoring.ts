import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Prometheus, startPrometheus } from '../../fixtures/prometheus.ts'
import type { Board } from '../../fixtures/queries.ts'
import { manifestsIn, rendered } from './helm.ts'

/** What the API server would get of a release that is monitored, with its gateway, a database and a flow; somebody hears at once of a stock that is exhausted. */
async function monitoringOf(release: string) {
  const soon = { KbntStockExhausted: { for: '1s' } }
  const values = ['serviceMonitor', 'prometheusRule', 'dashboards', 'gateway']
    .map((name) => `${name}.enabled=true`)
    .join(',')
  const database = 'databases.default.url=postgres://db/kbnt'
  const flow =
    'kafka.brokers={kafka:9092},flows.alerts.enabled=true,flows.alerts.alertmanagers={http://alertmanager:9093}'
  const args = [
    '--namespace',
    release,
    '--set',
    `${values},${database},${flow},settings.orders.payments.bank.adapter=none`,
    '--set-json',
    `prometheusRule.alerts=${JSON.stringify(soon)}`,
  ]
  const all = manifestsIn(await rendered('kbnt-operator', ...args))
  const boards = all
    .filter(({ metadata }) => metadata.name.includes('-dashboard-'))
    .flatMap((one) => Object.values(one['data'] as Readonly<Record<string, string>>))
    .map((text) => JSON.parse(text) as Board)
  return { rules: all.find(({ kind }) => kind === 'PrometheusRule')?.['spec'] as object, boards }
}

export interface WatchedInstalls {
  readonly command: string
  readonly directory: string
  readonly installs: readonly { readonly name: string; readonly release: string; readonly honorLabels: boolean }[]
  /** Where the processes are that stand for the pods of each install. */
  readonly metricsPorts: readonly number[]
}

/** A Prometheus with the rules of each install, which takes the same processes for those of all; the dashboards of the first. */
export async function watchInstalls({
  command,
  directory,
  installs,
  metricsPorts,
}: WatchedInstalls): Promise<{ readonly prometheus: Prometheus; readonly boards: readonly Board[] }> {
  await mkdir(join(directory, 'rules'))
  const releases = await Promise.all(installs.map(({ release }) => monitoringOf(release)))
  for (const [index, { release }] of installs.entries())
    await writeFile(join(directory, 'rules', `${release}.yaml`), stringify(releases[index]?.rules))
  const jobs = installs.map(({ name, release, honorLabels }) => ({
    ...{ job_name: release, honor_labels: honorLabels },
    static_configs: metricsPorts.map((port, index) => ({
      targets: [`127.0.0.1:${port}`],
      labels: { kbnt_install: name, namespace: release, pod: `${release}-${index}` },
    })),
  }))
  const often = { scrape_interval: '1s', evaluation_interval: '1s' }
  const config = { global: often, rule_files: ['rules/*.yaml'], scrape_configs: jobs }
  return { prometheus: await startPrometheus({ command, directory, config }), boards: releases[0]?.boards ?? [] }
}
