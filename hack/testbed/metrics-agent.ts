import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { cacheDirectory, versions } from './places.ts'
import type { Progress } from './progress.ts'
import { isExecutable, mustRun } from './run-program.ts'

/** What Java is given to serve the metrics of a Kafka for Prometheus, as Strimzi does it. */
export interface MetricsAgent {
  /** Which port, and the file with the rules of what is served under which name. */
  readonly port: number
  readonly rulesPath: string
}

/** The option for Java that loads it; its jar is fetched by Maven on a miss. */
export async function metricsAgentOption(
  { port, rulesPath }: MetricsAgent,
  environment: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<string> {
  return `-javaagent:${await jarPath(environment, progress)}=127.0.0.1:${port}:${rulesPath}`
}

async function jarPath(environment: NodeJS.ProcessEnv, progress: Progress): Promise<string> {
  const name = `jmx_prometheus_javaagent-${versions.jmxExporter}.jar`
  const directory = join(cacheDirectory(environment), `jmx-exporter-${versions.jmxExporter}`)
  const ready = join(directory, 'ready')
  if (await isExecutable(ready)) return join(ready, name)
  return withFileLock(join(directory, 'lock'), progress, async () => {
    if (await isExecutable(ready)) return join(ready, name) // the run we waited for fetched it
    progress(`fetching the JMX exporter ${versions.jmxExporter} with Maven`)
    const unfinished = join(directory, `unfinished-${process.pid}`)
    await mkdir(unfinished, { recursive: true })
    const artifact = `io.prometheus.jmx:jmx_prometheus_javaagent:${versions.jmxExporter}`
    const copy = ['dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${unfinished}`]
    await mustRun({ command: 'mvn', arguments: ['--quiet', '--batch-mode', ...copy], environment })
    await rename(unfinished, ready)
    return join(ready, name)
  })
}
