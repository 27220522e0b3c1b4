import assert from 'node:assert/strict'
import { childNameOf } from '../../../../../operator/domain/resource/resource.ts'
import { ApiError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../../../operator/infrastructure/kubernetes/client.ts'
import {
  type AttachmentDefinition,
  buildAttachmentDefinition,
  type RealFabric,
} from '../../../../../operator/infrastructure/kubernetes/networks/attachment-definition.ts'
import { attachmentProvider } from '../../../../../operator/infrastructure/kubernetes/networks/attachment-provider.ts'
import { fakeClock } from '../../../../fakes/fake-clock.ts'
import { activeNetwork, afterNetworkSituations, aNetwork, networkFacts } from '../../../../fixtures/network-builders.ts'

interface Asked {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}

const fabric: RealFabric = {
  ...{ kind: 'bridge', parent: 'br1', vlans: [{ from: 2, to: 4_094 }], cidrs: [], namespaces: '*' },
}
const blue = aNetwork()
const made = afterNetworkSituations(blue, [{ kind: 'provided', provided: activeNetwork }, networkFacts()])
const ours = buildAttachmentDefinition(blue, fabric)
const failure = (code: number, reason: string, message: string) =>
  new ApiError(code, { kind: 'Status', code, reason, message })
const forbidden = failure(403, 'Forbidden', 'no right')
const notServed = new ApiError(404, '404 page not found\n')

/** The watch has shown `seen`; the server has `stored`, and throws what `faultOf` answers. */
function aMultus(
  stored: AttachmentDefinition | undefined,
  seen: AttachmentDefinition | undefined,
  faultOf: (asked: Asked) => Error | undefined = () => undefined,
) {
  const asked: Asked[] = []
  const client = {
    async call({ method, path, body }: Asked) {
      asked.push({ method, path, body })
      const fault = faultOf({ method, path })
      if (fault) throw fault
      if (method === 'POST' && stored) throw failure(409, 'AlreadyExists', 'there is one')
      if (method === 'GET' && !stored) throw failure(404, 'NotFound', 'not found')
      return { body: stored ?? body }
    },
  } as unknown as KubernetesClient
  const provider = attachmentProvider({
    ...{ client, clock: fakeClock(), fabricOf: () => fabric, onChanged: () => undefined },
    cacheOf: () => ({
      ...{ get: () => seen as never, list: () => (seen ? [seen as never] : []), unlisted: new Map() },
      ...{ start: () => undefined, stop: async () => undefined },
    }),
  })
  return { provider, asked, methods: () => asked.map(({ method }) => method) }
}

describe('NetworkAttachmentDefinitions as a provider', () => {
  for (const [what, fault, words] of [
    ['it may not look', forbidden, /no right; the chart's networks\.enabled/],
    ['their kind is not served', notServed, /does not serve the kind/],
  ] as const) {
    it(`has nothing of a network that never had one, where ${what}`, async () => {
      const { provider } = aMultus(undefined, undefined, () => fault)
      assert.deepEqual(await provider.remove(blue), { kind: 'gone' })
    })

    it(`has nothing of one that has its claim and was surely never asked for, where ${what}`, async () => {
      const { provider } = aMultus(undefined, undefined, () => fault)
      const message = 'NetworkAttachmentDefinitions can not be watched'
      const claimed = afterNetworkSituations(blue, [
        { kind: 'blocked', reason: 'ProviderUnavailable', message },
        networkFacts(),
      ])
      assert.deepEqual(await provider.remove(claimed), { kind: 'gone' })
    })

    it(`says so of one that has its claim, and whose first answer may be lost, where ${what}`, async () => {
      const { provider } = aMultus(undefined, undefined, () => fault)
      const message = 'its provider is asked next'
      const claimed = afterNetworkSituations(blue, [{ kind: 'blocked', reason: 'Claimed', message }, networkFacts()])
      const removal = await provider.remove(claimed)
      assert.deepEqual([removal.kind, 'isRefused' in removal && removal.isRefused], ['going', true])
    })

    it(`says why one does not go, where ${what}`, async () => {
      const { provider } = aMultus(undefined, undefined, () => fault)
      for (const removal of [await provider.remove(made), await provider.removeRest(blue)]) {
        assert.deepEqual([removal.kind, 'isRefused' in removal], ['going', true])
        assert.match(removal.kind === 'going' ? removal.message : '', words)
      }
    })
  }

  it('counts nothing as refused of what is there', async () => {
    const changed = { ...ours, spec: { config: '{}' } }
    const { provider } = aMultus(changed, changed, ({ method }) => (method === 'PATCH' ? forbidden : undefined))
    assert.deepEqual(await provider.ensure(made), {
      ...{ kind: 'troubled', message: `NetworkAttachmentDefinition ${childNameOf(blue)} can't be put right: no right` },
      ref: { apiVersion: 'k8s.cni.cncf.io/v1', kind: 'NetworkAttachmentDefinition', name: childNameOf(blue) },
    })
    const leaving = { ...ours, metadata: { ...ours.metadata, deletionTimestamp: '2026-11-22T11:00:00Z' } }
    const answer = await aMultus(leaving, leaving).provider.ensure(made)
    assert.equal(answer.kind, 'troubled')
  })

  it('takes none for somebody else’s that went while it was looked at: that is no answer', async () => {
    const exists = failure(409, 'AlreadyExists', 'there is one')
    const { provider } = aMultus(undefined, undefined, ({ method }) => (method === 'POST' ? exists : undefined))
    await assert.rejects(provider.ensure(made), exists)
  })

  const { labels: _, ...unmarked } = ours.metadata
  const bare = { ...ours, metadata: unmarked }

  it('puts marks back that somebody took off what is its own', async () => {
    const { provider, asked } = aMultus(bare, undefined)
    assert.equal((await provider.ensure(made)).kind, 'active')
    const { method, body } = asked.at(-1) ?? {}
    assert.equal(method, 'PATCH')
    assert.deepEqual((body as AttachmentDefinition).metadata.labels, { 'kbnt.io/network-uid': blue.uid })
  })

  it('takes away what is its own without marks, and frees nothing while there is another of its name', async () => {
    const own = aMultus(bare, undefined)
    const removal = await own.provider.remove(made)
    assert.deepEqual([removal.kind, 'isRefused' in removal], ['going', false])
    assert.deepEqual(own.methods(), ['GET', 'DELETE'])
    const other = aMultus({ ...bare, spec: { config: '{}' } }, undefined)
    for (const removal of [await other.provider.remove(made), await other.provider.removeRest(blue)])
      assert.match(removal.kind === 'going' ? removal.message : '', /lost its label kbnt\.io\/network-uid=/)
    assert.equal(other.methods().includes('DELETE'), false)
    assert.deepEqual(await other.provider.remove(blue), { kind: 'gone' })
  })

  it('tells for which networks it has something', () => {
    const { namespace, name, uid } = blue
    assert.deepEqual([...aMultus(ours, ours).provider.seen()], [{ namespace, name, uid }])
    assert.deepEqual([...aMultus(bare, bare).provider.seen()], [])
  })
})
