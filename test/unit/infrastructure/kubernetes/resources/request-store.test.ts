import assert from 'node:assert/strict'
import type { NewRequest } from '../../../../../operator/application/virtualization/request-store.ts'
import { ApiError, UnknownOutcomeError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import {
  kubernetesRequestStore,
  requestObject,
} from '../../../../../operator/infrastructure/kubernetes/resources/request-store.ts'

type Client = Parameters<typeof kubernetesRequestStore>[0]

const request = {
  ...{ namespace: 'desk', name: 'vr-1', digest: 'd' },
  spec: { messageId: 'm-1', messageType: 'CREATE', payload: { userId: 'ana', specification: {} } },
}
const fault = (status: number, reason: string, message: string, causes: string[] = []) =>
  new ApiError(status, {
    ...{ kind: 'Status', status: 'Failure', code: status, reason, message },
    details: { causes: causes.map((cause) => ({ reason: cause })) },
  })

async function storedAfter(error: unknown, found?: object | Error) {
  const client = {
    create: async () => {
      throw error
    },
    get: async () => {
      if (found instanceof Error) throw found
      return { body: found, date: undefined }
    },
  } as unknown as Client
  const { reason: _, ...stored } = (await kubernetesRequestStore(client).create(request)) as { reason?: string }
  return stored
}

describe('kubernetesRequestStore', () => {
  const exists = fault(409, 'AlreadyExists', 'vrequests.kbnt.io "vr-1" already exists')

  it('marks where its message lay, where it came by a topic', () => {
    const origin = { topic: 'asks', partition: 2, offset: 41n }
    const { annotations } = requestObject({ ...request, origin } as NewRequest).metadata
    assert.equal(annotations?.['kbnt.io/message-origin'], 'asks/2/41')
    assert.equal(requestObject(request as NewRequest).metadata.annotations?.['kbnt.io/message-origin'], undefined)
  })

  it('writes down which message it is and what it asks for', async () => {
    const created: { metadata: { annotations?: object } }[] = []
    const client = {
      create: async (object: (typeof created)[number]) => void created.push(object),
    } as unknown as Client
    assert.deepEqual(await kubernetesRequestStore(client).create(request), { kind: 'made' })
    assert.deepEqual(created[0]?.metadata.annotations, { 'kbnt.io/message-id': 'm-1', 'kbnt.io/message-digest': 'd' })
  })

  it('says of one that is there what that asks for', async () => {
    const forged = { annotations: { 'kbnt.io/message-digest': 'd' } }
    const other = { ...request.spec, messageType: 'DELETE' }
    const stored = await storedAfter(exists, { metadata: forged, spec: other })
    assert.deepEqual(stored, { kind: 'there', message: other })
    const gone = fault(404, 'NotFound', 'vrequests.kbnt.io "vr-1" not found')
    assert.deepEqual(await storedAfter(exists, gone), { kind: 'away', certain: false, cause: 'NotFound' })
  })

  for (const [what, error, stored] of [
    [
      'a namespace that is not there',
      fault(404, 'NotFound', 'namespaces "desk" not found'),
      'refused NamespaceNotFound',
    ],
    [
      'a namespace that is going',
      fault(403, 'Forbidden', 'because it is being terminated', ['NamespaceTerminating']),
      'refused NamespaceTerminating',
    ],
    ['a quota that is not known yet', fault(403, 'Forbidden', 'status unknown for quota: none'), 'later QuotaExceeded'],
    [
      'a webhook that does not answer',
      fault(500, 'InternalError', 'Internal error occurred: failed calling webhook "w": EOF'),
      'later WebhookAway',
    ],
    ['a quota', fault(403, 'Forbidden', 'exceeded quota: none'), 'later QuotaExceeded'],
    [
      'a policy',
      fault(422, 'Invalid', "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"),
      'later Denied',
    ],
    ['a webhook', fault(400, 'BadRequest', 'admission webhook "w" denied the request: no'), 'later Denied'],
    ['the schema', fault(422, 'Invalid', 'spec.messageId: Too long'), 'refused Invalid'],
    ['what is too large', fault(413, 'RequestEntityTooLarge', 'too large'), 'refused RequestEntityTooLarge'],
    [
      'a kind that is not there',
      fault(404, 'NotFound', 'the server could not find the requested resource'),
      'away NotFound true',
    ],
    ['a right that is missing', fault(403, 'Forbidden', 'cannot create resource'), 'away Forbidden false'],
    ['a token that counts for nothing', fault(401, 'Unauthorized', 'Unauthorized'), 'away Unauthorized true'],
    ['too many requests', fault(429, 'TooManyRequests', 'slow down'), 'away TooManyRequests true'],
    ['a fault of the server', fault(500, 'InternalError', 'oh'), 'away InternalError false'],
    ['no answer', new UnknownOutcomeError('time-out', true), 'away NoAnswer false'],
  ] as const)
    it(`takes ${what} for: ${stored}`, async () => {
      const { kind, cause, certain } = (await storedAfter(error)) as { kind: string; cause: string; certain?: boolean }
      assert.equal([kind, cause, ...(certain === undefined ? [] : [certain])].join(' '), stored)
    })

  it('knows the message of one that is there, and tells one that is not from a server that does not say', async () => {
    const findAfter = async (found: object | Error) => {
      const get = async () => {
        if (found instanceof Error) throw found
        return { body: found, date: undefined }
      }
      const { kind } = await kubernetesRequestStore({ get } as unknown as Client).find('desk', 'vr-1')
      return kind
    }
    assert.equal(await findAfter({ spec: request.spec }), 'found')
    assert.equal(await findAfter(fault(404, 'NotFound', 'vrequests.kbnt.io "vr-1" not found')), 'none')
    assert.equal(await findAfter(fault(404, 'NotFound', 'the server could not find the requested resource')), 'away')
    assert.equal(await findAfter(new UnknownOutcomeError('time-out', true)), 'away')
  })

  it('takes one that is being deleted for none, for now', async () => {
    assert.equal(
      ((await storedAfter(exists, { metadata: { deletionTimestamp: 'now' } })) as { kind: string }).kind,
      'later',
    )
  })
})
