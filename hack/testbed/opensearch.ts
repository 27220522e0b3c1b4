import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'
import { mavenLibraries } from './maven-libraries.ts'
import { cacheDirectory, projectDirectory, versions } from './places.ts'
import type { Progress } from './progress.ts'
import { type Server, server } from './server.ts'

/** One OpenSearch node, without logins. */
export interface OpenSearch extends Server {
  /** Stays the same over restarts. */
  readonly url: string
}

/** The folder with its jars, fetched by Maven on a miss. */
export function openSearchLibraries(environment: NodeJS.ProcessEnv, progress: Progress): Promise<string> {
  const name = `OpenSearch ${versions.openSearch}`
  const cache = join(cacheDirectory(environment), `opensearch-${versions.openSearch}`)
  return mavenLibraries({ name, pom: 'hack/opensearch/pom.xml', cache }, environment, progress)
}

/** Starts a node with its data in `directory`; resolves when it takes documents. It ends with us. */
export async function startOpenSearch(directory: string, libraries: string): Promise<OpenSearch> {
  const [port] = (await freePorts(1)) as [number]
  const url = `http://127.0.0.1:${port}`
  await mkdir(join(directory, 'config'), { recursive: true })
  const node = server({
    name: 'OpenSearch',
    command: 'java',
    arguments: [
      '-Xmx400m',
      '-XX:+UseSerialGC', // two cores are shared with everything else under test
      ...['-cp', join(libraries, '*'), join(projectDirectory, 'hack/opensearch/Main.java'), directory, String(port)],
    ],
    logPath: join(directory, 'opensearch.log'),
    ready: async () => (await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`)).ok,
    readyTimeoutMs: 120_000,
    stopTimeoutMs: 20_000,
    detached: false,
  })
  await node.start()
  return { ...node, url }
}
