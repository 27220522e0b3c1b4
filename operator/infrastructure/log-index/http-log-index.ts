import type { Away } from '../../application/flow/away.ts'
import type { LogIndex, Put } from '../../application/logs/log-index.ts'
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
    const answer = await putOnce(documents, signal)
    if (!('refusal' in answer)) return answer.put
    const { refusal } = answer
    const isSize = refusal.cause === TOO_LARGE
    const [document, ...others] = documents
    if (document && others.length === 0) return [isSize ? { kind: 'refused', reason: refusal.reason } : refusal]
    const halves = halvesOf(documents)
    if (isSize) return (await Promise.all(halves.map((half) => put(half, signal)))).flat()
    const tried: Answer[] = []
    for (const half of halves) tried.push(await putOnce(half, signal))
    if (tried.every((one) => 'refusal' in one)) return documents.map(() => refusal) // then it is none of them
    const all = tried.map((one, at) => ('refusal' in one ? put(halves[at] ?? [], signal) : one.put))
    return (await Promise.all(all)).flat()
  }

  /** `refusal`: of the call as a whole, and one of its documents may be why. */
  async function putOnce(documents: readonly LogDocument[], signal: AbortSignal): Promise<Answer> {
    const [first] = documents
    if (!first) return { put: [] }
    const call = { asker: first.id, method: 'POST', path: `/_bulk?${ITEMS}`, body: bodyOf(documents) } as const
    const reply = await api.call(call, signal)
    if (reply.kind === 'answered' && reply.status === 200) {
      const items = itemsIn(reply.text)
      return { put: documents.map((_, at) => putBy(api.name, items[at])) }
    }
    const away = awayBy(api.name, reply)
    const mayBeOurs = reply.kind === 'answered' && ofWhatWasSent.has(reply.status)
    return mayBeOurs ? { refusal: away } : { put: documents.map(() => away) }
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

type Answer = { readonly put: readonly Put[] } | { readonly refusal: Away }

/** Too large, or something on the way does not like what it says. */
const ofWhatWasSent: ReadonlySet<number> = new Set([400, 403, 413])
const TOO_LARGE = 'Http413'

function halvesOf(documents: readonly LogDocument[]): readonly (readonly LogDocument[])[] {
  const half = Math.ceil(documents.length / 2)
  return [documents.slice(0, half), documents.slice(half)]
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
  if (!/^Http4/.test(away.cause)) return { ...away, certain: true }
  const reason = `its index template can't be put there (putTemplate: false if somebody else does): ${away.reason}`
  return { ...away, certain: true, cause: 'NoTemplate', reason }
}

/** 0 = it tells none, so ours is newer. */
function versionIn(text: string): number {
  return Number(/"version"\s*:\s*(\d+)/.exec(text)?.[1] ?? 0)
}
