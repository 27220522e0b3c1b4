import type { CustomerQuestion, UserAnswer, UserCheck } from '../../application/order/user-check.ts'
import type { RemoteApi } from '../remote-api/remote-api.ts'
import { shortened, undecided, unreadable, type Word, wordIn } from './word.ts'

/** A user service as config/orders/users.yaml describes it. */
export function httpUserCheck(api: RemoteApi): UserCheck {
  return {
    name: api.name,
    atOnce: api.concurrency,
    async check(question, { maySend, signal }) {
      // as a query: a customer named `..` would lead elsewhere as a part of a path
      const path = `/user-check?${new URLSearchParams({ ...question })}`
      const word = wordIn(
        await api.call({ asker: question.order, method: 'GET', path, maySend }, signal),
        'GET /user-check',
      )
      return word.kind === 'yes' || word.kind === 'no' ? answerIn(word, question) : word
    },
  }
}

function answerIn(word: Word, { customer }: CustomerQuestion): UserAnswer {
  if (word.kind === 'no') {
    if (word.status === 404 && word.reason === 'UnknownUser') return { kind: 'refused', message: word.message }
    return undecided(word, 'GET /user-check')
  }
  const { customer: about, valid, detail } = word.fields
  if (about !== customer) return unreadable('GET /user-check is answered about another customer')
  if (valid === true) return { kind: 'valid' }
  if (valid !== false) return unreadable('GET /user-check is answered without a "valid" that is true or false')
  const message = typeof detail === 'string' ? shortened(detail) : ''
  return { kind: 'refused', message: message || 'the user service says no' }
}
