import { ApiError } from './api-error.ts'
import type { KubernetesClient } from './client.ts'

/** One call that somebody may or may not make. */
export interface Right {
  readonly verb: string
  readonly group: string
  /** With its subresource, such as `virtualstocks/status`. */
  readonly resource: string
  /** Absent: any. */
  readonly name?: string
  /** Absent: all of them. */
  readonly namespace?: string | undefined
}

/** The answer to one question of access. */
export interface Verdict {
  readonly allowed: boolean
  readonly reason?: string
  /** What went wrong on the way to it: it is then an answer for want of a better one. */
  readonly evaluationError?: string
}

interface Review {
  readonly status?: Verdict
}

const AT_ONCE = 16

/** Those that the API server would refuse us, in the order given; where it doesn't tell, none. Throws when there is no answer. */
export async function refusedRights(
  client: Pick<KubernetesClient, 'call'>,
  rights: readonly Right[],
): Promise<Right[]> {
  const refused: Right[] = []
  for (let first = 0; first < rights.length; first += AT_ONCE) {
    const some = rights.slice(first, first + AT_ONCE)
    const granted = await Promise.all(some.map((right) => isGranted(client, right)))
    refused.push(...some.filter((_, index) => !granted[index]))
  }
  return refused
}

/** Where the API server doesn't tell, yes. */
async function isGranted(client: Pick<KubernetesClient, 'call'>, right: Right): Promise<boolean> {
  try {
    return (await selfReview(client, { right }))?.allowed !== false
  } catch (error) {
    if (error instanceof ApiError) return true
    throw error
  }
}

interface Question {
  readonly right: Right
  readonly timeoutMs?: number
}

/** What the API server says of whether whoever calls may do something; undefined: nothing that can be read. Throws as `call`. */
export function selfReview(client: Pick<KubernetesClient, 'call'>, question: Question): Promise<Verdict | undefined> {
  return review(client, question, { kind: 'SelfSubjectAccessReview', resource: 'selfsubjectaccessreviews' })
}

/** Somebody whom the API server is told of, and has to take for who we say. */
export interface Subject {
  readonly user: string
  readonly groups: readonly string[]
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** The same of somebody else; it takes a right of its own to ask. */
export function subjectReview(
  client: Pick<KubernetesClient, 'call'>,
  { subject, ...question }: Question & { readonly subject: Subject },
): Promise<Verdict | undefined> {
  return review(client, question, { kind: 'SubjectAccessReview', resource: 'subjectaccessreviews', subject })
}

interface ReviewKind {
  readonly kind: string
  readonly resource: string
  readonly subject?: Subject
}

async function review(
  client: Pick<KubernetesClient, 'call'>,
  { right, timeoutMs }: Question,
  { kind, resource: reviews, subject }: ReviewKind,
): Promise<Verdict | undefined> {
  const { verb, group, name, namespace } = right
  const [resource, subresource] = right.resource.split('/')
  const asked = { verb, group, resource, subresource, name, namespace }
  const { body } = await client.call<Review | undefined>({
    method: 'POST',
    path: `/apis/authorization.k8s.io/v1/${reviews}`,
    resource: reviews,
    timeoutMs,
    body: { apiVersion: 'authorization.k8s.io/v1', kind, spec: { ...subject, resourceAttributes: asked } },
  })
  return body?.status
}

/** The rights as a sentence has them: `list, watch virtualstocks.kbnt.io in namespace shop; …`. */
export function rightsText(rights: readonly Right[]): string {
  const verbs = new Map<string, string[]>()
  for (const right of rights) {
    const on = targetOf(right)
    verbs.set(on, [...(verbs.get(on) ?? []), right.verb])
  }
  return [...verbs].map(([on, all]) => `${all.join(', ')} ${on}`).join('; ')
}

function targetOf({ group, resource, name, namespace }: Right): string {
  const [plural, subresource] = resource.split('/')
  const whole = [group === '' ? plural : `${plural}.${group}`, subresource, name].filter(Boolean).join('/')
  return `${whole} in ${namespace === undefined ? 'all namespaces' : `namespace ${namespace}`}`
}
