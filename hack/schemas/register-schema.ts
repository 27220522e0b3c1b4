export interface Registration {
  /** Where Confluent's API is. */
  readonly registry: string
  readonly subject: string
  /** Avro, as JSON. */
  readonly schema: string
  readonly login?: { readonly username: string; readonly password: string }
}

export type Registered =
  | { readonly kind: 'registered'; readonly id: number }
  /** It does not go together with what is registered, or is no schema. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'away'; readonly reason: string }

const ANSWER_MS = 30_000
const refusals: ReadonlySet<number> = new Set([409, 422])

/**
 * Has the registry compare all versions of a subject with each other, both ways, before it gets the first: nothing is
 * enforced until it is told. The same schema again has the same id. Never rejects.
 */
export async function registerSchema({ registry, subject, schema, login }: Registration): Promise<Registered> {
  const base = registry.replace(/\/+$/, '')
  const name = encodeURIComponent(subject)
  const call = async (method: string, path: string, body: object) => {
    const answer = await fetch(`${base}${path}`, {
      ...{ method, body: JSON.stringify(body), redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) },
      headers: {
        'content-type': 'application/vnd.schemaregistry.v1+json',
        ...(login && { authorization: `Basic ${btoa(`${login.username}:${login.password}`)}` }),
      },
    })
    return { status: answer.status, text: await answer.text() }
  }
  try {
    const set = await call('PUT', `/config/${name}`, { compatibility: 'FULL_TRANSITIVE' })
    if (set.status !== 200) return { kind: 'away', reason: `it answers ${set.status}: ${set.text}` }
    const { status, text } = await call('POST', `/subjects/${name}/versions`, { schema })
    if (refusals.has(status)) return { kind: 'refused', reason: text }
    if (status !== 200) return { kind: 'away', reason: `it answers ${status}: ${text}` }
    return { kind: 'registered', id: (JSON.parse(text) as { id: number }).id }
  } catch (error) {
    const { message, cause } = error as Error
    return { kind: 'away', reason: cause instanceof Error ? `${message}: ${cause.message}` : message }
  }
}
