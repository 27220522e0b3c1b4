import type { Away, LogIndex, Put } from '../../application/logs/log-index.ts'
import type { LogDocument } from '../../domain/logs/log-document.ts'
import type { RemoteApi } from '../remote-api/remote-api.ts'
import { awayBy, bodyOf, itemsIn, portionsOf, putBy } from './bulk.ts'

/** What new indices are made by: JSON with a `version`. */
export interface IndexTemplate {
  readonly name: string
  readonly text: string
}

const ITEMS = 'filter_path=items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by.reason'

/**
 * OpenSearch, or Elasticsearch, by the part of the API that both have. `template` absent: somebody else has put it there.
 */
export function httpLogIndex(api: Pick<RemoteApi, 'name' | 'call'>, template?: IndexTemplate): LogIndex {
  async function put(documents: readonly LogDocument[], signal: AbortSignal): Promise<readonly Put[]> {
    const [first] = documents
    if (!first) return []
    const call = { asker: first.id, method: 'POST', path: `/_bulk?${ITEMS}`, body: bodyOf(documents) } as const
    const reply = await api.call(call, signal)
    if (reply.kind === 'answered' && reply.status === 413) return smaller(documents, signal)
    if (reply.kind !== 'answered' || reply.status !== 200) return documents.map(() => awayBy(api.name, reply))
    const items = itemsIn(reply.text)
    return documents.map((_, at) => putBy(api.name, items[at]))
  }

  /** What is too large alone is never taken. */
  async function smaller(documents: readonly LogDocument[], signal: AbortSignal): Promise<readonly Put[]> {
    if (documents.length === 1) return [{ kind: 'refused', reason: `${api.name} takes none that large` }]
    const half = Math.ceil(documents.length / 2)
    return [...(await put(documents.slice(0, half), signal)), ...(await put(documents.slice(half), signal))]
  }

  return {
    name: api.name,
    prepare: async (signal) => (template ? putTemplate(api, template, signal) : undefined),
    async put(documents, signal) {
      const results: Put[] = []
      for (const portion of portionsOf(documents)) results.push(...(await put(portion, signal)))
      return results
    },
  }
}

/** One that is there in the same version, or a newer one, stays. */
async function putTemplate(
  api: Pick<RemoteApi, 'name' | 'call'>,
  { name, text }: IndexTemplate,
  signal: AbortSignal,
): Promise<Away | undefined> {
  const path = `/_index_template/${name}`
  const found = await api.call({ asker: name, method: 'GET', path }, signal)
  if (found.kind !== 'answered' || (found.status !== 200 && found.status !== 404))
    return withoutTemplate(awayBy(api.name, found))
  if (found.status === 200 && versionIn(found.text) >= versionIn(text)) return undefined
  const made = await api.call({ asker: name, method: 'PUT', path, body: text }, signal)
  return made.kind === 'answered' && made.status === 200 ? undefined : withoutTemplate(awayBy(api.name, made))
}

function withoutTemplate(away: Away): Away {
  if (!away.certain) return { ...away, certain: true }
  const reason = `its index template can't be put there (putTemplate: false if somebody else does): ${away.reason}`
  return { ...away, cause: 'NoTemplate', reason }
}

/** 0 = it tells none, so ours is newer. */
function versionIn(text: string): number {
  return Number(/"version"\s*:\s*(\d+)/.exec(text)?.[1] ?? 0)
}
