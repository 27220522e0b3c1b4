import assert from 'node:assert/strict'
import { type CallerClient, callerClient } from '../../../operator/infrastructure/kubernetes/caller-client.ts'
import { kubernetesClient } from '../../../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../../../operator/infrastructure/kubernetes/kube-config.ts'
import { testbed } from '../../fixtures/testbed.ts'

interface SelfReview {
  readonly status: { readonly userInfo: { readonly username: string } }
}

const review = {
  method: 'POST',
  path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
} as const

/** Of an admin by client certificate, which the API server would prefer to every bearer token. */
describe('a caller client whose own kubeconfig has a client certificate', () => {
  const namespace = 'caller-client'
  let path: string
  let callers: CallerClient
  let token: string

  before(async () => {
    const { kubectl, kubeconfigFor } = testbed()
    path = await kubeconfigFor('mighty', ['system:masters'])
    callers = callerClient({ kubeConfig: readKubeConfig(path), userAgent: 'integration-test' })
    await kubectl(['create', 'namespace', namespace])
    await kubectl(['-n', namespace, 'create', 'serviceaccount', 'shop'])
    const { stdout, stderr } = await kubectl(['-n', namespace, 'create', 'token', 'shop'])
    token = stdout.trim()
    assert.notEqual(token, '', stderr)
  })
  after(() => callers?.close())

  it('is the ServiceAccount whose token it is given', async () => {
    const { body } = await callers.as(token).call<SelfReview>(review)
    assert.equal(body.status.userInfo.username, `system:serviceaccount:${namespace}:shop`)
  })

  it('is nobody with a bad token, while it is somebody mighty itself', async () => {
    await assert.rejects(callers.as('bad').call(review), { name: 'ApiError', status: 401 })
    const own = kubernetesClient({ kubeConfig: readKubeConfig(path), userAgent: 'integration-test' })
    try {
      const { body } = await own.call<SelfReview>(review)
      assert.equal(body.status.userInfo.username, 'mighty')
    } finally {
      await own.close()
    }
  })

  it('may only what the account may', async () => {
    const call = { method: 'GET', path: `/api/v1/namespaces/${namespace}/secrets` } as const
    await assert.rejects(callers.as(token).call(call), { name: 'ApiError', status: 403, reason: 'Forbidden' })
  })
})
