import { mavenLibraries } from './maven-libraries.ts'
import { kafkaCache, versions } from './places.ts'
import type { Progress } from './progress.ts'

/** The folder with Kafka's jars, fetched by Maven on a miss. Throws when there is no Java (or, on a miss, no Maven). */
export function kafkaLibraries(environment: NodeJS.ProcessEnv, progress: Progress): Promise<string> {
  const libraries = {
    name: `Apache Kafka ${versions.kafka}`,
    pom: 'hack/kafka/pom.xml',
    cache: kafkaCache(environment),
  }
  return mavenLibraries(libraries, environment, progress)
}
