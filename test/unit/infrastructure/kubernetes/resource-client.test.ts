import assert from 'node:assert/strict'
import { ApiError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../../operator/infrastructure/kubernetes/client.ts'
import type { ApiCall } from '../../../../operator/infrastructure/kubernetes/exchange.ts'
import type { KubernetesObject } from '../../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { type Resource, resourceClient } from '../../../../operator/infrastructure/kubernetes/resource-client.ts'

const boxes: Resource = { group: 'example.io', version: 'v1', plural: 'boxes', namespaced: true }
const aBox = (name: string): KubernetesObject => ({ metadata: { namespace: 'shop', name, resourceVersion: '7' } })
const box = aBox('box-1')
const [one, two, three] = [aBox('one'), aBox('two'), aBox('three')]

describe('resource client', () => {
  const aClient = (resource = boxes, answers: unknown[] = []) => {
    const calls: ApiCall[] = []
    const client: KubernetesClient = {
      async call<T>(call: ApiCall) {
        calls.push(call)
        const body = answers.shift()
        if (body instanceof Error) throw body
        return { body: body as T, date: 1_000 }
      },
      async stream(call, onDocument) {
        calls.push(call)
        for (const document of answers) onDocument(document as never)
      },
      close: async () => undefined,
    }
    return { calls, resources: resourceClient(client, resource) }
  }

  const requestOf = async (
    run: (client: ReturnType<typeof aClient>['resources']) => Promise<unknown>,
    resource = boxes,
  ) => {
    const { calls, resources } = aClient(resource)
    await run(resources)
    const { method, path, contentType, body } = calls[0] as ApiCall
    return [method, path, ...(contentType === undefined ? [] : [contentType]), ...(body === undefined ? [] : [body])]
  }

  const root = '/apis/example.io/v1/namespaces/shop/boxes'
  const merge = 'application/merge-patch+json'

  it('maps each verb to its request', async () => {
    const steps = [{ op: 'remove', path: '/x' }] as const
    assert.deepEqual(await requestOf((client) => client.get('shop', 'box-1')), ['GET', `${root}/box-1`])
    assert.deepEqual(await requestOf((client) => client.create(box)), ['POST', root, box])
    assert.deepEqual(await requestOf((client) => client.replace(box)), ['PUT', `${root}/box-1`, box])
    assert.deepEqual(await requestOf((client) => client.replaceStatus(box)), ['PUT', `${root}/box-1/status`, box])
    assert.deepEqual(await requestOf((client) => client.mergePatch('shop', 'box-1', { a: 1 })), [
      'PATCH',
      `${root}/box-1`,
      merge,
      { a: 1 },
    ])
    assert.deepEqual(await requestOf((client) => client.mergePatchStatus('shop', 'box-1', { a: 1 })), [
      'PATCH',
      `${root}/box-1/status`,
      merge,
      { a: 1 },
    ])
    assert.deepEqual(await requestOf((client) => client.jsonPatch('shop', 'box-1', steps)), [
      'PATCH',
      `${root}/box-1`,
      'application/json-patch+json',
      steps,
    ])
  })

  it('deletes under the preconditions that are given', async () => {
    const { calls, resources } = aClient()
    await resources.delete('shop', 'box-1')
    await resources.delete('shop', 'box-1', { uid: 'u', resourceVersion: '7', propagationPolicy: 'Background' })
    assert.deepEqual(
      calls.map(({ body }) => JSON.parse(JSON.stringify(body))),
      [{}, { preconditions: { uid: 'u', resourceVersion: '7' }, propagationPolicy: 'Background' }],
    )
  })

  it('knows the core group and resources without a namespace', async () => {
    const core: Resource = { group: '', version: 'v1', plural: 'nodes', namespaced: false }
    assert.deepEqual(await requestOf((client) => client.get('', 'node-1'), core), ['GET', '/api/v1/nodes/node-1'])
    assert.deepEqual(await requestOf((client) => client.get('ignored', 'node-1'), core), [
      'GET',
      '/api/v1/nodes/node-1',
    ])
  })

  it('never turns an empty name into a call on all objects', async () => {
    const { calls, resources } = aClient()
    await assert.rejects(resources.delete('shop', ''), /an object without a name/)
    assert.deepEqual(calls, [])
  })

  it('lists page by page, quorum reads only, with the selection on each page', async () => {
    const { calls, resources } = aClient(boxes, [
      { items: [one, two], metadata: { resourceVersion: '10', continue: 'next page' } },
      { items: [three], metadata: { resourceVersion: '10', continue: '' } },
    ])
    const list = await resources.list({
      namespace: 'shop',
      limit: 2,
      labelSelector: 'a in (b,c)',
      fieldSelector: 'x=y',
    })
    assert.deepEqual(list, { items: [one, two, three], resourceVersion: '10', date: 1_000 })
    const selection = 'labelSelector=a%20in%20(b%2Cc)&fieldSelector=x%3Dy'
    assert.deepEqual(
      calls.map(({ path }) => path),
      [`${root}?${selection}&limit=2`, `${root}?${selection}&limit=2&continue=next%20page`],
    )
  })

  it('lists all namespaces in pages of 500 by default', async () => {
    const { calls, resources } = aClient(boxes, [{ items: null, metadata: { resourceVersion: '1' } }])
    assert.deepEqual((await resources.list()).items, [])
    assert.equal(calls[0]?.path, '/apis/example.io/v1/boxes?limit=500')
  })

  it('reads everything at once when the next page is no longer kept', async () => {
    const { calls, resources } = aClient(boxes, [
      { items: [one], metadata: { resourceVersion: '10', continue: 'c' } },
      new ApiError(410, { kind: 'Status', reason: 'Expired' }),
      { items: [one, two], metadata: { resourceVersion: '20' } },
    ])
    const list = await resources.list({ namespace: 'shop', limit: 1 })
    assert.deepEqual([list.items, list.resourceVersion], [[one, two], '20'])
    assert.equal(calls[2]?.path, root)
  })

  it('tells page by page, and begins anew when the next page is no longer kept', async () => {
    const { calls, resources } = aClient(boxes, [
      { items: [one], metadata: { resourceVersion: '10', continue: 'c' } },
      new ApiError(410, { kind: 'Status', reason: 'Expired' }),
      { items: [one], metadata: { resourceVersion: '20', continue: 'd' } },
      { items: [two], metadata: { resourceVersion: '20' } },
    ])
    const told: unknown[] = []
    await resources.listEach(async (items) => void told.push(items), { limit: 1 })
    assert.deepEqual(told, [[one], [one], [two]])
    assert.equal(calls[2]?.path, '/apis/example.io/v1/boxes?limit=1')
  })

  it('lists objects without their managedFields, also when it reads everything at once', async () => {
    const owned = { metadata: { ...one.metadata, managedFields: [{ big: true }] } }
    const { resources } = aClient(boxes, [
      { items: [owned], metadata: { resourceVersion: '10', continue: '' } },
      { items: [owned], metadata: { resourceVersion: '10', continue: 'c' } },
      new ApiError(410, { kind: 'Status', reason: 'Expired' }),
      { items: [owned], metadata: { resourceVersion: '20' } },
    ])
    for (let round = 0; round < 2; round += 1) assert.deepEqual((await resources.list()).items, [one])
  })

  it('lists no more than metadata when that is enough', async () => {
    const { calls, resources } = aClient(boxes, [{ items: [one], metadata: { resourceVersion: '10', continue: '' } }])
    assert.deepEqual((await resources.listMetadata({ limit: 9 })).items, [one])
    const { path, accept } = calls[0] as ApiCall
    assert.equal(path, '/apis/example.io/v1/boxes?limit=9')
    assert.equal(accept, 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1')
  })

  it('passes on every other fault of a list', async () => {
    const { resources } = aClient(boxes, [new ApiError(410, { kind: 'Status', reason: 'Expired' })])
    await assert.rejects(resources.list(), { name: 'ApiError', status: 410 })
  })

  it('watches with bookmarks after a version', async () => {
    const event = { type: 'ADDED', object: box }
    const { calls, resources } = aClient(boxes, [event])
    const seen: unknown[] = []
    await resources.watch({ namespace: 'shop', resourceVersion: '7', timeoutSeconds: 300 }, (one) => seen.push(one))
    assert.deepEqual(seen, [event])
    assert.equal(calls[0]?.path, `${root}?watch=1&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=300`)
  })

  it('throws the status of an ERROR event', async () => {
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }
    const { resources } = aClient(boxes, [{ type: 'ERROR', object: status }])
    const watching = resources.watch({ resourceVersion: '7', timeoutSeconds: 300 }, () => assert.fail('no event'))
    await assert.rejects(watching, { name: 'ApiError', status: 410, reason: 'Expired', message: status.message })
  })
})
