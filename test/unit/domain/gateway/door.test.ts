import assert from 'node:assert/strict'
import { type Claims, type Doors, doorOf } from '../../../../operator/domain/gateway/door.ts'

const kubernetes = 'https://kubernetes.default.svc'
const shops = 'https://login.shops.example'
const audience = 'kbnt-gateway'
const both: Doors = { audience, issuers: [{ issuer: shops, apiServerAudiences: ['kubernetes'] }] }

function shown(claims: Claims, doors: Doors): string {
  const door = doorOf(claims, doors)
  return 'issuer' in door ? `${door.kind} ${door.issuer}` : door.kind
}

describe('doorOf', () => {
  for (const [what, claims, want] of [
    ['says nothing', { audiences: [] }, 'api-server'],
    ['is for the API server', { issuer: kubernetes, audiences: [kubernetes] }, 'api-server'],
    ['is for the gateway alone', { issuer: kubernetes, audiences: [audience] }, 'review'],
    ['says twice that it is for the gateway', { audiences: [audience, audience] }, 'review'],
    ['is for the gateway and the API server', { audiences: [audience, kubernetes] }, 'api-server'],
    ['is for the API server and the gateway', { audiences: [kubernetes, audience] }, 'api-server'],
    ['is for the gateway and somebody else', { audiences: [audience, 'vault'] }, 'api-server'],
    ['is for an audience that only looks like it', { audiences: ['KBNT-gateway'] }, 'api-server'],
    ['is of a known issuer', { issuer: shops, audiences: ['shop'] }, `issuer ${shops}`],
    ['is of a known issuer, for nobody', { issuer: shops, audiences: [] }, `issuer ${shops}`],
    ['is of a known issuer, for the gateway', { issuer: shops, audiences: [audience] }, `issuer ${shops}`],
    [
      'is of a known issuer, for the API server, too',
      { issuer: shops, audiences: ['shop', 'kubernetes'] },
      'api-server',
    ],
    ['is of an issuer that only looks like it', { issuer: `${shops}/`, audiences: ['shop'] }, 'api-server'],
  ] as const)
    it(`lets a token that ${what} in by the door ${want}`, () => {
      assert.equal(shown(claims, both), want)
    })

  it('has one door where nothing is set', () => {
    for (const claims of [{ audiences: [audience] }, { issuer: shops, audiences: ['shop'] }, { audiences: [] }])
      assert.equal(shown(claims, { issuers: [] }), 'api-server')
  })
})
