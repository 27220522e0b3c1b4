import assert from 'node:assert/strict'
import { ApiError, UnknownOutcomeError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import { type Failure, failureOf } from '../../../../../operator/infrastructure/kubernetes/resources/write-result.ts'

function anError(code: number, parts: { reason?: string; message?: string; details?: object }, retryAfter?: string) {
  return new ApiError(code, { kind: 'Status', code, ...parts }, retryAfter)
}

const names = { name: 'piano', group: 'kbnt.io', kind: 'VirtualStock' }
const guardText =
  'more units would be out than exist (reserved + confirmed + safetyStock is above quantity); hand out fewer or raise spec.quantity'

const refusedBySchema = (field: string, what: string, reason = 'FieldValueInvalid') =>
  anError(422, {
    reason: 'Invalid',
    message: `VirtualStock.kbnt.io "piano" is invalid: ${field}: ${what}`,
    details: { ...names, causes: [{ reason, message: what, field }] },
  })

const deniedBy = (code: number, reason: string, message: string, causes: object[] = [{ message }]) =>
  anError(code, { reason, message, details: { ...names, causes } })

const policy = `virtualstocks.kbnt.io "piano" is forbidden: ValidatingAdmissionPolicy 'freeze' with binding 'freeze' denied request: not now`
const webhook = 'admission webhook "v.example.com" denied the request: '

describe('failureOf', () => {
  const cases: readonly (readonly [string, unknown, Partial<Failure>])[] = [
    ['a conflict', anError(409, { reason: 'Conflict' }), { kind: 'conflict' }],
    ['an object that is gone', anError(404, { reason: 'NotFound' }), { kind: 'gone' }],
    ['a 404 of something between', anError(404, {}), { kind: 'notApplied', cause: 'Unknown', retryAfterMs: 1_000 }],
    ['missing rights', anError(403, { reason: 'Forbidden' }), { kind: 'notApplied', cause: 'Forbidden' }],
    [
      'too many requests',
      anError(429, { reason: 'TooManyRequests' }, '3'),
      { kind: 'notApplied', cause: 'TooManyRequests', retryAfterMs: 3_000 },
    ],
    ['a bad request', anError(400, { reason: 'BadRequest' }), { kind: 'notApplied', cause: 'BadRequest' }],
    ['the schema', refusedBySchema('status.level', 'Unsupported value: "Foo"'), { kind: 'refused', guard: false }],
    ['the guard', refusedBySchema('status', `Forbidden: ${guardText}`), { kind: 'refused', guard: true }],
    ['a policy, by default as 422', deniedBy(422, 'Invalid', policy), { kind: 'notApplied', cause: 'Invalid' }],
    ['a policy as 403', deniedBy(403, 'Forbidden', policy), { kind: 'notApplied', cause: 'Forbidden' }],
    [
      'a policy as 413, which no smaller request would please',
      deniedBy(413, 'RequestEntityTooLarge', policy),
      { kind: 'notApplied', cause: 'RequestEntityTooLarge' },
    ],
    [
      'a webhook that names fields as a schema does',
      deniedBy(422, 'Invalid', `${webhook}VirtualStock.kbnt.io "piano" is invalid: status: Forbidden: ${guardText}`, [
        { reason: 'FieldValueForbidden', message: 'no', field: 'status' },
      ]),
      { kind: 'notApplied', cause: 'Invalid' },
    ],
    ['a webhook as 404', deniedBy(404, 'NotFound', `${webhook}no quota`), { kind: 'notApplied', cause: 'NotFound' }],
    ['a webhook as 409', deniedBy(409, 'Conflict', `${webhook}busy`), { kind: 'notApplied', cause: 'Conflict' }],
    [
      'a webhook as 500',
      deniedBy(500, 'Nobody knows it', `${webhook}ouch`),
      { kind: 'notApplied', cause: 'InternalError' },
    ],
    [
      'a 422 that names a field, and not the object',
      anError(422, { reason: 'Invalid', message: 'no', details: { causes: [{ field: 'status', message: 'no' }] } }),
      { kind: 'notApplied', cause: 'Invalid' },
    ],
    ['a request above the limit', anError(413, { reason: 'RequestEntityTooLarge' }), { kind: 'tooLarge' }],
    ['a proxy’s limit', new ApiError(413, '<html>'), { kind: 'tooLarge' }],
    ['etcd’s limit', anError(500, { message: 'etcdserver: request is too large' }), { kind: 'tooLarge' }],
    [
      'the limit of the way to etcd',
      anError(500, {
        message:
          'rpc error: code = ResourceExhausted desc = trying to send message larger than max (3043428 vs. 2097152)',
      }),
      { kind: 'tooLarge' },
    ],
    [
      'a server that fails',
      anError(503, { reason: 'ServiceUnavailable' }),
      { kind: 'unknown', cause: 'ServiceUnavailable' },
    ],
    [
      'a webhook that does not answer',
      anError(500, { reason: 'InternalError', message: 'Internal error occurred: failed calling webhook "v"' }),
      { kind: 'unknown', cause: 'InternalError' },
    ],
    ['no answer', new UnknownOutcomeError('reset', true), { kind: 'unknown', reason: 'reset', cause: 'NoAnswer' }],
    [
      'no connection',
      new UnknownOutcomeError('refused', false),
      { kind: 'notApplied', cause: 'NoAnswer', retryAfterMs: 250 },
    ],
    ['anything else', new Error('broken'), { kind: 'unknown', reason: 'broken', cause: 'NoAnswer' }],
  ]
  for (const [what, error, want] of cases) {
    it(`takes ${what} for ${want.kind}`, () => {
      const failure = failureOf(error)
      assert.deepEqual({ ...failure, ...want }, failure)
    })
  }
})
