import assert from 'node:assert/strict'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import type { Call } from '../../../../../operator/application/gateway/call.ts'
import type { Right } from '../../../../../operator/application/gateway/caller.ts'
import type { SeenRequest } from '../../../../../operator/application/gateway/objects.ts'
import { virtualizeOperations } from '../../../../../operator/application/gateway/requests/virtualize.ts'
import type { NewRequest } from '../../../../../operator/application/virtualization/request-store.ts'
import { callWith, namespace, type ScriptedWorld, scriptedWorld } from '../../../../fixtures/gateway-world.ts'

const small = { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'east' }
const body = { type: 'CREATE_VIRTUAL_MACHINE', specifications: small }
const keyed = { 'Idempotency-Key': 'order-1' }

/** The object of a request, as the watch would bring it. */
function seen({ name, spec }: NewRequest, more: Partial<SeenRequest['shown']> = {}, asked = spec): SeenRequest {
  const { messageId, messageType, payload } = asked
  return {
    ...{ namespace, name, uid: `uid of ${name}`, generation: 1, position: '2' },
    ...{ asked: { messageType, payload }, judged: more.status !== undefined },
    shown: { requestId: name, namespace, status: 'Queued', messageId, ...more },
  }
}

describe('A request at the gateway', () => {
  let world: ScriptedWorld
  beforeEach(() => {
    world = scriptedWorld()
  })

  const virtualize = (parts: Partial<Call> = {}) =>
    virtualizeOperations(world)['virtualize']!(callWith({ body, ...parts }))
  const problemOf = async (answer: Promise<unknown>) => {
    const error = await answer.catch((caught: unknown) => caught)
    assert.ok(error instanceof Problem, String(error))
    return error
  }
  /** What the call wrote, whatever it was answered: the API server has taken it. */
  async function written(parts: Partial<Call> = {}): Promise<NewRequest> {
    world.answers.push({ kind: 'stale', reason: 'to look at' })
    await problemOf(virtualize(parts))
    return world.requested.at(-1) as NewRequest
  }

  it('says what is asked for, by whom and where, and is known by a number of that', async () => {
    const { spec, digest, name } = await written({
      body: {
        ...{ ...body, resourceId: 'WEB_1' },
        metadata: { priority: 3, correlationId: 'order 7' },
      },
    })
    assert.equal(spec.correlationId, 'order 7')
    assert.equal(spec.messageType, 'CREATE_VIRTUAL_MACHINE')
    assert.deepEqual(spec.payload, {
      ...{ virtualResourceId: 'WEB_1', specification: small, userId: 'ana', namespace, priority: 3 },
    })
    assert.match(name, /^vr-[0-9a-f]{40}$/)
    assert.match(digest, /^[0-9a-f]{64}$/)
  })

  it('asks for the right to what its type has done, whatever kind that is', async () => {
    const reviewed: string[] = []
    const may = async (_: unknown, right: Right) =>
      void reviewed.push(`${right.verb} ${right.resource} in ${right.namespace}`)
    world = scriptedWorld({ access: { may } })
    const asks = {
      CREATE_VIRTUAL_STORAGE: { size: '1Gi', pool: 'east' },
      DELETE_VIRTUAL_STORAGE: { uid: 'u' },
      CREATE_VIRTUAL_NETWORK: { cidr: '10.0.0.0/24', vlan: 7 },
      DELETE_VIRTUAL_NETWORK: { originalMessageId: 'm-1' },
    }
    for (const [type, specifications] of Object.entries(asks)) {
      const { spec } = await written({ body: { type, specifications } })
      assert.deepEqual([spec.messageType, spec.payload.specification], [type, specifications])
      const [verb, , kind] = type.toLowerCase().split('_')
      assert.equal(reviewed.splice(0).at(-1), `${verb} v${kind}s in ${namespace}`)
    }
  })

  it('says what its kind has not, before anything is written', async () => {
    const specifications = { cidr: '10.0.0.0/24', vlan: 7, pool: 'east' }
    const problem = await problemOf(virtualize({ body: { type: 'CREATE_VIRTUAL_NETWORK', specifications } }))
    assert.deepEqual([problem.reason, world.requested.length], ['Unprocessable', 0])
    assert.match(problem.message, /^specifications says pool, which no VirtualNetwork has/)
  })

  it('is the same for the same user, key and namespace, and for nothing else', async () => {
    const once = await written({ parameters: keyed })
    const again = await written({ parameters: keyed, requestId: 'another call' })
    assert.deepEqual([again.name, again.digest, again.spec.messageId], [once.name, once.digest, once.spec.messageId])
    assert.match(once.spec.messageId, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const bob = { user: 'bob', groups: [], token: 't', tokenKey: 'k2' }
    for (const other of [{ caller: bob, parameters: keyed }, { parameters: { ...keyed, namespace: 'other' } }])
      assert.notEqual((await written(other)).spec.messageId, once.spec.messageId)
    assert.notEqual((await written({ parameters: { 'Idempotency-Key': 'order-2' } })).name, once.name)
  })

  it('is 202 as soon as the operator has said anything of it, with where to look', async () => {
    const request = await written({ parameters: keyed })
    world.answers.push({ kind: 'stored', object: seen(request) })
    const answer = virtualize({ parameters: keyed })
    setTimeout(() => world.seeRequest(seen(request, { status: 'Accepted', queuePosition: 2 })), 5)
    const { status, body: told, location } = await answer
    assert.deepEqual([status, location], [202, `/requests/${request.name}?namespace=${namespace}`])
    const { trackingUrl, queuePosition, status: standing } = told as Record<string, unknown>
    assert.deepEqual([trackingUrl, queuePosition, standing], [`/api/v1${location}`, 2, 'Accepted'])
  })

  it('is 202 though nobody says anything in time, or it has failed at once', async () => {
    const request = await written({ parameters: keyed })
    world.answers.push({ kind: 'stored', object: seen(request) })
    assert.equal((await virtualize({ parameters: keyed, waitMs: 1 })).status, 202)
    world.answers.push({ kind: 'stored', object: seen(request, { status: 'Failed', reason: 'NameTaken' }) })
    const failed = await virtualize({ parameters: keyed })
    assert.deepEqual([failed.status, (failed.body as { reason: string }).reason], [202, 'NameTaken'])
    assert.equal(failed.headers?.['Retry-After'], undefined)
  })

  it('comes again as it stands, and not at all with another content', async () => {
    const request = await written({ parameters: keyed })
    world.seeRequest(seen(request, { status: 'Working' }))
    const again = await virtualize({ parameters: keyed })
    assert.equal(again.headers?.['Idempotent-Replayed'], 'true')
    const other = { ...body, specifications: { ...small, cpu: 2 } }
    assert.equal((await problemOf(virtualize({ parameters: keyed, body: other }))).reason, 'KeyReused')
    assert.equal(world.asked.length, 1, 'nothing more was written')
  })

  it('is found where the API server has it and the watch not yet', async () => {
    const request = await written({ parameters: keyed })
    world.answers.push({ kind: 'exists' })
    const answer = virtualize({ parameters: keyed })
    setTimeout(() => world.seeRequest(seen(request, { status: 'Completed' })), 5)
    assert.equal(((await answer).body as { status: string }).status, 'Completed')
  })

  it('is never said to have failed where no answer came', async () => {
    world.answers.push({ kind: 'unknown', reason: 'the connection broke' })
    const { status, body: told, location } = await virtualize({ waitMs: 1 })
    assert.equal(status, 202)
    assert.match((told as { message: string }).message, /whether it is stored is not known: the connection broke/)
    assert.match(location ?? '', /^\/requests\/vr-/)
  })

  it('is written nowhere while nobody leads', async () => {
    world = scriptedWorld({ untilLed: async () => 'no operator leads' })
    assert.equal((await problemOf(virtualize())).reason, 'NobodyLeads')
    assert.deepEqual(world.asked, [])
  })

  it('is refused before it is written where the operator would refuse it whatever there is', async () => {
    const missing = await problemOf(virtualize({ body: { ...body, specifications: { cpu: 1 } } }))
    assert.deepEqual([missing.status, missing.facts.errors?.[0]?.pointer], [422, '/specifications'])
    assert.match(missing.message, /^specifications needs cpu, memory, disk, pool; missing: memory, disk, pool$/)
    const both = { type: 'DELETE_VIRTUAL_MACHINE', specifications: { uid: 'u', originalMessageId: 'm' } }
    assert.equal((await problemOf(virtualize({ body: both }))).status, 422)
    assert.deepEqual(world.asked, [])
  })

  it('needs the right to ask, to look, and to have done what is asked for', async () => {
    const reviewed: string[] = []
    const may = async (_: unknown, { verb, resource }: Right) => void reviewed.push(`${verb} ${resource}`)
    world = scriptedWorld({ access: { may } })
    await written()
    assert.deepEqual(reviewed.splice(0), ['create vrequests', 'get vrequests', 'create vmachines'])
    await written({ body: { type: 'DELETE_VIRTUAL_MACHINE', specifications: { uid: 'u' } } })
    assert.deepEqual(reviewed, ['create vrequests', 'get vrequests', 'delete vmachines'])
  })

  it('is for somebody else only with the right to act for them', async () => {
    const forBob = { ...body, metadata: { userId: 'bob' } }
    assert.equal((await written({ body: forBob })).spec.payload.userId, 'bob')
    const may = async (_: unknown, { verb }: Right) => {
      if (verb === 'actfor') throw new Problem('Forbidden', { detail: 'no' })
    }
    world = scriptedWorld({ access: { may } })
    const refused = await problemOf(virtualize({ body: forBob }))
    assert.deepEqual([refused.status, refused.facts.errors?.[0]?.pointer], [403, '/metadata/userId'])
    assert.match(refused.message, /^userId can only be "ana", who asks/)
  })

  it('goes before others only with the right to', async () => {
    const first = { ...body, metadata: { priority: 1 } }
    const reviewed: Right[] = []
    const may = async (_: unknown, right: Right) => {
      reviewed.push(right)
      if (right.verb === 'prioritize') throw new Problem('Forbidden', { detail: 'no' })
    }
    world = scriptedWorld({ access: { may } })
    const refused = await problemOf(virtualize({ body: first }))
    assert.deepEqual([refused.status, refused.facts.errors?.[0]?.pointer], [403, '/metadata/priority'])
    assert.match(refused.message, /takes the verb prioritize on reservations[.]kbnt[.]io .*which "ana" does not have/)
    assert.deepEqual(reviewed.at(-1), { verb: 'prioritize', resource: 'reservations', namespace })
    for (const priority of [0, -5])
      assert.equal((await written({ body: { ...body, metadata: { priority } } })).spec.payload.priority, priority)
  })

  it('is not refused for its priority where nobody can tell who may have one', async () => {
    const may = async (_: unknown, { verb }: Right) => {
      if (verb === 'prioritize') throw new Problem('ApiServerAway', { detail: 'away' })
    }
    world = scriptedWorld({ access: { may } })
    const away = await problemOf(virtualize({ body: { ...body, metadata: { priority: 1 } } }))
    assert.equal(away.reason, 'ApiServerAway')
  })
})
