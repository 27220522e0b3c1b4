import type { LogIndex, Put } from '../../operator/application/logs/log-index.ts'
import type { LogDocument } from '../../operator/domain/logs/log-document.ts'

export interface InMemoryLogIndex extends LogIndex {
  readonly documents: ReadonlyMap<string, LogDocument>
  /** What it answers instead, for as long as it does. */
  trouble: Extract<Put, { kind: 'away' }> | undefined
  /** Times that it was prepared. */
  readonly prepared: () => number
}

export function inMemoryLogIndex(): InMemoryLogIndex {
  const documents = new Map<string, LogDocument>()
  let prepared = 0
  const index: InMemoryLogIndex = {
    name: 'opensearch:9200',
    documents,
    trouble: undefined,
    prepared: () => prepared,
    async prepare() {
      prepared += 1
      return index.trouble
    },
    async put(given) {
      return given.map((document): Put => {
        if (index.trouble) return index.trouble
        if (Number.isNaN(Date.parse(String(document.source['@timestamp']))))
          return { kind: 'refused', reason: 'failed to parse field [@timestamp]' }
        const key = `${document.index}/${document.id}`
        if (!documents.has(key)) documents.set(key, document)
        return { kind: 'kept' }
      })
    },
  }
  return index
}
