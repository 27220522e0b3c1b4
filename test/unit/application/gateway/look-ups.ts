import { createHash } from 'node:crypto'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import type { Identity } from '../../../../operator/application/gateway/callers.ts'
import { lookUpGate } from '../../../../operator/application/gateway/look-up-gate.ts'
import { leastRecent } from '../../../../operator/infrastructure/kubernetes/least-recent.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

export const hash = (token: string): string => createHash('sha256').update(token).digest('base64')

export const unknownToken = (): Problem => new Problem('Unauthorized', { detail: 'unknown' })

/** What all look-ups share, in virtual time. */
export function lookUpParts() {
  const clock = fakeClock()
  const answers: string[] = []
  const gate = lookUpGate(clock)
  const boundedMap = <V extends object>(most: number) => leastRecent<string, V>(most)
  const onAnswer = (result: string, cached: boolean) => void answers.push(cached ? `${result}, known` : result)
  return { clock, answers, gate, parts: { clock, gate, boundedMap, onAnswer } }
}

/** An API server that takes as long as it likes: each question is answered by the test. */
export function askedServer<A = Identity>() {
  const asked: { readonly what: string; readonly answer: PromiseWithResolvers<A> }[] = []
  return {
    asked,
    ask(what: string): Promise<A> {
      const answer = Promise.withResolvers<A>()
      asked.push({ what, answer })
      return answer.promise
    },
  }
}
