import { no, type ServiceAnswer, type ServiceRequest } from './service.ts'

interface Remembered {
  readonly at: number
  readonly content: string
  readonly answer: ServiceAnswer
}

export interface KeyMemory {
  readonly now: () => number
  /** A key that is older is forgotten: a call under it counts as new. */
  readonly windowMs: number
}

/** Answers a call that comes again under its key as it was answered before, and refuses another one under the same key. */
export function rememberedKeys({ now, windowMs }: KeyMemory) {
  const byKey = new Map<string, Remembered>()

  return (request: ServiceRequest, work: () => ServiceAnswer): ServiceAnswer => {
    const { method, path, key, body } = request
    if (key === undefined) return no(400, 'KeyMissing', 'send an Idempotency-Key')
    for (const [old, { at }] of byKey) {
      if (now() - at < windowMs) break // the others are younger still
      byKey.delete(old)
    }
    const content = JSON.stringify([method, path, body])
    const before = byKey.get(key)
    if (before?.content === content) return before.answer
    if (before) return no(422, 'KeyReused', 'this Idempotency-Key was sent with something else before')
    const answer = work()
    byKey.set(key, { at: now(), content, answer })
    return answer
  }
}
