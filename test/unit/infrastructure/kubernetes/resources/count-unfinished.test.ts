import assert from 'node:assert/strict'
import { countUnfinished } from '../../../../../operator/infrastructure/kubernetes/resources/virtualization-requests.ts'

type Client = Parameters<typeof countUnfinished>[0]

/** Namespaces with one unfinished request each; of those in `hanging` no answer comes until `giveUp`. */
function aCluster(hanging: readonly string[]) {
  const asked: { readonly namespace?: string; readonly timeoutMs?: number }[] = []
  const late = Promise.withResolvers<never>()
  late.promise.catch(() => undefined)
  const client = {
    listMetadata(options: { readonly namespace: string; readonly timeoutMs: number }) {
      asked.push(options)
      const one = { metadata: { namespace: options.namespace, name: 'one' } }
      return hanging.includes(options.namespace) ? late.promise : Promise.resolve({ items: [one] })
    },
  } as unknown as Client
  return { client, asked, giveUp: () => late.reject(new Error('no answer in time')) }
}

describe('countUnfinished', () => {
  it('does not have others wait for a namespace that does not answer, and gives each its time', async () => {
    const { client, asked, giveUp } = aCluster(['hangs'])
    const counting = countUnfinished(client, ['hangs', 'shop', 'desk'])
    await Promise.resolve()
    assert.deepEqual(
      asked.map(({ namespace, timeoutMs }) => [namespace, timeoutMs]),
      [
        ['hangs', 4_000],
        ['shop', 4_000],
        ['desk', 4_000],
      ],
    )
    giveUp()
    const { counts, failed } = await counting
    assert.deepEqual([...counts].toSorted(), [
      ['desk', 1],
      ['shop', 1],
    ])
    assert.deepEqual([...failed], [['hangs', 'no answer in time']])
  })

  it('throws where none can be counted', async () => {
    const { client, giveUp } = aCluster(['shop', 'desk'])
    giveUp()
    await assert.rejects(countUnfinished(client, ['shop', 'desk']), /no answer in time/)
  })
})
