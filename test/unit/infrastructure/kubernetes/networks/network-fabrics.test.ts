import assert from 'node:assert/strict'
import { NotItsTurn } from '../../../../../operator/application/not-its-turn.ts'
import type { Claim } from '../../../../../operator/domain/network/fabric.ts'
import type { NewNetwork } from '../../../../../operator/domain/network/underlay.ts'
import { ApiError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import {
  type NetworkFabricsParts,
  networkFabrics,
} from '../../../../../operator/infrastructure/kubernetes/networks/network-fabrics.ts'
import type { NetworkFabric } from '../../../../../operator/infrastructure/kubernetes/resources/generated/network-fabric.ts'
import { fakeClock } from '../../../../fakes/fake-clock.ts'

const failure = (code: number, reason: string) => new ApiError(code, { kind: 'Status', code, reason, message: reason })
const someone: NewNetwork = {
  ...{ rule: undefined, unseen: undefined, known: () => [], elsewhere: () => [], isNew: true },
  underlay: { kind: 'bridge', parent: 'br1' },
}
const claims: Claim[] = Array.from({ length: 200 }, (_, index) => ({
  ...{
    uid: `n-${index}`,
    namespace: `team-${index % 7}`,
    name: `n-${index}`,
    vlan: index + 2,
    cidr: `10.0.${index}.0/24`,
  },
}))

/** One book on a server that takes writes of the exact version alone; `fault` is thrown by its next writes. */
function aServer() {
  let stored: NetworkFabric | undefined
  const server = {
    ...{ writes: 0, conflicts: 0, lists: 0, reads: 0 },
    fault: undefined as Error | undefined,
    unreadable: undefined as Error | undefined,
    /** Each write waits for it. */
    before: async () => {},
  }
  function write(spec: NetworkFabric['spec']): { body: NetworkFabric } {
    server.writes += 1
    if (server.fault) throw server.fault
    const resourceVersion = String(server.writes)
    stored = { metadata: { namespace: 'own', name: 'default', resourceVersion }, spec }
    return { body: stored }
  }
  const later = () => new Promise((resolve) => setImmediate(resolve))
  const client = {
    async get() {
      server.reads += 1
      await later()
      if (server.unreadable) throw server.unreadable
      if (!stored) throw failure(404, 'NotFound')
      return { body: stored }
    },
    async list() {
      server.lists += 1
      await later()
      return { items: stored ? [stored] : [] }
    },
    async create({ spec }: NetworkFabric) {
      await later()
      if (stored) throw failure(409, 'AlreadyExists')
      return write(spec)
    },
    async replace({ metadata, spec }: NetworkFabric) {
      await later()
      await server.before()
      if (metadata.resourceVersion !== stored?.metadata.resourceVersion) {
        server.conflicts += 1
        throw failure(409, 'Conflict')
      }
      return write(spec)
    },
  } as unknown as NetworkFabricsParts['client']
  const clock = fakeClock()
  const booksOf = () => networkFabrics({ client, clock, namespace: 'own', install: 'own/kbnt', gone: [] })
  return Object.assign(server, { clock, booksOf, claims: () => stored?.spec.claims ?? [] })
}

const outcomeOf = (answer: Promise<unknown>) =>
  answer.then(
    (objection) => (objection === undefined ? 'through' : 'refused'),
    (error) => (error instanceof NotItsTurn ? 'not its turn' : 'failed'),
  )

describe('the book of a fabric that many networks want something of at once', () => {
  it('takes each of 200 in one turn, in the order in which they came, with one write and no conflict', async () => {
    const server = aServer()
    const books = server.booksOf()
    const outcomes = await Promise.all(claims.map((claim) => outcomeOf(books.claim('default', claim, someone))))
    assert.deepEqual(new Set(outcomes), new Set(['through']))
    assert.deepEqual([server.writes, server.conflicts], [200, 0])
    assert.deepEqual(
      server.claims().map(({ uid }) => uid),
      claims.map(({ uid }) => uid),
    )
    await Promise.all(claims.map((claim) => books.claim('default', claim, someone)))
    assert.equal(server.writes, 200, 'who has its place writes nothing')
    await Promise.all(claims.map(({ uid }) => books.release('default', uid)))
    assert.deepEqual([server.writes, server.claims().length], [400, 0])
  })

  it('is written by two leaders with one more write for each conflict, and lost by none', async () => {
    const server = aServer()
    const both = [server.booksOf(), server.booksOf()] as const
    let waiting = claims.map((claim, index) => ({ claim, books: index % 2 === 0 ? both[0] : both[1] }))
    let rounds = 0
    for (; waiting.length > 0; rounds += 1) {
      assert.ok(rounds <= claims.length, 'each round has one through at least')
      const answers = await Promise.all(
        waiting.map(async (one) => ({ one, is: await outcomeOf(one.books.claim('default', one.claim, someone)) })),
      )
      assert.ok(answers.some(({ is }) => is === 'through'))
      waiting = answers.filter(({ is }) => is !== 'through').map(({ one }) => one)
      await server.clock.advance(60_000)
    }
    assert.equal(new Set(server.claims().map(({ uid }) => uid)).size, 200)
    assert.equal(server.writes, 200)
    assert.ok(server.conflicts <= 200, 'each is that of one that came through')
  })

  it('has each whose write fails pause alone, and who has nothing to write not at all', async () => {
    const server = aServer()
    const books = server.booksOf()
    const [blue, ...others] = claims as [Claim, ...Claim[]]
    await books.claim('default', blue, someone)
    server.fault = failure(403, 'Forbidden')
    const all = () => Promise.all(others.map((claim) => outcomeOf(books.claim('default', claim, someone))))
    assert.deepEqual([new Set(await all()), server.writes], [new Set(['failed']), 200])
    assert.deepEqual([new Set(await all()), server.writes], [new Set(['not its turn']), 200])
    assert.equal(await outcomeOf(books.claim('default', blue, { ...someone, isNew: false })), 'through')
    assert.equal(await outcomeOf(books.release('default', 'n-7')), 'through', 'it has nothing there')
    await server.clock.advance(5_000)
    server.fault = undefined
    assert.deepEqual(new Set(await all()), new Set(['through']))
    assert.equal(server.writes, 399)
  })

  it('is asked by who has nothing to write also while the write of another hangs', async () => {
    const server = aServer()
    const books = server.booksOf()
    const [blue, red] = claims as [Claim, Claim]
    await books.claim('default', blue, someone)
    const { promise: hanging, resolve: goOn } = Promise.withResolvers<void>()
    server.before = () => hanging
    const slow = outcomeOf(books.claim('default', red, someone))
    assert.equal(await outcomeOf(books.claim('default', blue, { ...someone, isNew: false })), 'through')
    goOn()
    assert.equal(await slow, 'through')
  })

  it('is left alone by all for a while where it can not be read', async () => {
    const server = aServer()
    const books = server.booksOf()
    const [blue] = claims as [Claim]
    await books.claim('default', blue, someone)
    server.unreadable = failure(500, 'InternalError')
    const all = () =>
      Promise.all(
        claims.map((claim) => outcomeOf(books.claim('default', claim, { ...someone, isNew: claim !== blue }))),
      )
    assert.equal((await all())[0], 'failed')
    const { reads } = server
    assert.deepEqual([new Set(await all()), server.reads], [new Set(['not its turn']), reads])
    await server.clock.advance(5_000)
    server.unreadable = undefined
    assert.deepEqual(new Set(await all()), new Set(['through']))
  })

  it('has the others listed only for what is new and real, and that it has nothing against itself', async () => {
    const server = aServer()
    const books = server.booksOf()
    const [blue, red] = claims as [Claim, Claim]
    await books.claim('default', blue, someone)
    assert.equal(server.lists, 1)
    const refused = { ...red, vlan: blue.vlan }
    for (const claim of [blue, refused, { ...red, provider: 'Simulated' } as const])
      await books.claim('default', claim, someone)
    assert.equal(server.lists, 1)
  })
})
