import assert from 'node:assert/strict'
import { ApiError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../../operator/infrastructure/kubernetes/client.ts'
import { tellingTime } from '../../../../operator/infrastructure/kubernetes/telling-time.ts'

describe('tellingTime', () => {
  it('tells the date of each answer, and answers as the client does', async () => {
    const dates: (number | undefined)[] = []
    let date: number | undefined = 1_000
    const client = {
      async call({ path }: { readonly path: string }) {
        if (path === '/gone') throw new Error('no answer')
        return { body: path, date }
      },
    } as unknown as KubernetesClient
    const telling = tellingTime(client, (told) => dates.push(told))
    assert.deepEqual(await telling.call({ method: 'GET', path: '/api' }), { body: '/api', date: 1_000 })
    date = undefined
    await telling.call({ method: 'GET', path: '/api' })
    await assert.rejects(telling.call({ method: 'GET', path: '/gone' }), /no answer/)
    assert.deepEqual(dates, [1_000, undefined])
  })

  it('tells the date of a refusal of the server, and none of what somebody before it has answered', async () => {
    const dates: (number | undefined)[] = []
    const answers = [new ApiError(403, { kind: 'Status', reason: 'Forbidden' }, undefined, 2_000)]
    answers.push(new ApiError(502, 'bad gateway', undefined, 3_000))
    const client = {
      call: async () => {
        throw answers.shift()
      },
    } as unknown as KubernetesClient
    const telling = tellingTime(client, (told) => dates.push(told))
    await assert.rejects(telling.call({ method: 'GET', path: '/api' }), { status: 403 })
    await assert.rejects(telling.call({ method: 'GET', path: '/api' }), { status: 502 })
    assert.deepEqual(dates, [2_000])
  })
})
