import assert from 'node:assert/strict'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import { ApiError, UnknownOutcomeError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import { written } from '../../../../../operator/infrastructure/kubernetes/resources/gateway-objects.ts'
import { problemOf } from '../../../../../operator/infrastructure/kubernetes/resources/gateway-problems.ts'

const status = (code: number, reason: string, message: string) =>
  new ApiError(code, { kind: 'Status', reason, message, code })
const outcomeOf = (error: Error) =>
  written(Promise.reject(error), () => undefined).then(
    ({ kind }) => kind,
    (problem: unknown) => (problem instanceof Problem ? problem.reason : String(problem)),
  )

describe('What a failed write is to whoever called the gateway', () => {
  it('names no address of an API server that is away', () => {
    const error = new UnknownOutcomeError('POST /apis/x: connect ECONNREFUSED 10.0.0.7:6443', false)
    const problem = problemOf(error)
    assert.deepEqual(
      [problem.reason, problem.message.includes('10.0.0.7'), problem.cause],
      ['ApiServerAway', false, error],
    )
  })

  it('is a no where a webhook says so, with whatever status', async () => {
    const denied = 'admission webhook "audit.example.com" denied the request: not today'
    assert.equal(await outcomeOf(status(409, 'Conflict', denied)), 'Forbidden')
    assert.equal(await outcomeOf(status(404, 'NotFound', denied)), 'Forbidden')
  })

  it('is not known after an answer from 500 on, or none at all', async () => {
    assert.equal(await outcomeOf(status(500, 'InternalError', 'etcd timed out')), 'unknown')
    assert.equal(await outcomeOf(new UnknownOutcomeError('the connection broke', true)), 'unknown')
    assert.equal(await outcomeOf(new UnknownOutcomeError('no connection', false)), 'ApiServerAway')
  })

  it('is something that callers handle where another object is in the way', async () => {
    assert.equal(await outcomeOf(status(409, 'AlreadyExists', 'it exists')), 'exists')
    assert.equal(await outcomeOf(status(409, 'Conflict', 'the quota was changed')), 'stale')
    assert.equal(await outcomeOf(status(404, 'NotFound', 'namespaces "x" not found')), 'gone')
  })
})
