import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { systemClock } from '../../../../operator/infrastructure/clock/system-clock.ts'
import type { KubernetesObject } from '../../../../operator/infrastructure/kubernetes/kubernetes-object.ts'
import { reservationsResource } from '../../../../operator/infrastructure/kubernetes/resources/reservations.ts'
import type { GatewayTokenSettings } from '../../../../operator/infrastructure/settings/gateway-settings.ts'
import { doors } from '../../../../operator/programs/gateway/doors.ts'
import { answeringServer } from '../../infrastructure/kubernetes/answering-server.ts'

const audience = 'kbnt-gateway'

function aToken(claims: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`
}

/** Knows everybody, and grants everything. */
const reply = (url: string): object => {
  if (url.includes('/tokenreviews'))
    return { status: { authenticated: true, audiences: [audience], user: { username: 'guest' } } }
  if (url.includes('/selfsubjectreviews')) return { status: { userInfo: { username: 'own' } } }
  if (url.includes('accessreviews')) return { status: { allowed: true } }
  return { metadata: {} }
}

describe('the doors of the gateway', () => {
  let server: Awaited<ReturnType<typeof answeringServer>>

  beforeEach(async () => {
    server = await answeringServer()
    server.answers((request, response) => response.end(JSON.stringify(reply(request.url ?? ''))))
  })
  afterEach(() => server.close())

  const theDoors = (tokens: Partial<GatewayTokenSettings>) =>
    doors({
      tokens: { issuers: [], ...tokens },
      env: {},
      client: server.aClient({ user: { token: 'our-own' } }),
      inTheirName: server.aCallerClient(),
      clock: systemClock(),
      onAnswer: () => {},
      hash: (token) => createHash('sha256').update(token).digest('base64'),
    })
  const calls = () =>
    server.requests.map(({ method, url, headers }) => {
      return `${method} ${url.split('/').at(-1)} as ${headers.authorization?.replace('Bearer ', '')}`
    })
  const object = { metadata: { namespace: 'shop', name: 'r1' } } as KubernetesObject

  it('do for a guest by our own account what the guest may, and never call with its token', async () => {
    const { identify, access, as } = theDoors({ audience })
    const guest = await identify(aToken({ aud: [audience] }))
    await access.may(guest, { verb: 'get', resource: 'reservations', namespace: 'shop' })
    await as<KubernetesObject>(reservationsResource)(guest).create(object)
    assert.deepEqual(calls(), [
      'POST tokenreviews as our-own',
      'POST subjectaccessreviews as our-own',
      'POST subjectaccessreviews as our-own',
      'POST reservations as our-own',
    ])
    assert.equal(JSON.parse(server.requests[3]?.body ?? '').metadata.annotations['kbnt.io/requested-by'], 'guest')
  })

  for (const [what, tokens, token] of [
    ['is for the API server', { audience }, aToken({ aud: ['https://kubernetes.default.svc'] })],
    ['is for both', { audience }, aToken({ aud: ['https://kubernetes.default.svc', audience] })],
    ['says nothing', { audience }, 'opaque'],
    ['is for the gateway, which takes none of these', {}, aToken({ aud: [audience] })],
  ] as const)
    it(`call with a token that ${what}, and write nothing by our own account`, async () => {
      const { identify, access, as } = theDoors(tokens)
      const caller = await identify(token)
      await access.may(caller, { verb: 'get', resource: 'reservations', namespace: 'shop' })
      await as<KubernetesObject>(reservationsResource)(caller).create(object)
      assert.deepEqual(calls(), [
        `POST selfsubjectreviews as ${token}`,
        `POST selfsubjectaccessreviews as ${token}`,
        `POST reservations as ${token}`,
      ])
      assert.equal(JSON.parse(server.requests[2]?.body ?? '').metadata.annotations, undefined)
    })
})
