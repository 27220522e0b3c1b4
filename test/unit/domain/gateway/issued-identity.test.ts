import assert from 'node:assert/strict'
import { issuedIdentity } from '../../../../operator/domain/gateway/issued-identity.ts'

const terms = { usernameClaim: 'sub', usernamePrefix: 'login:', groupsClaim: 'groups', groupsPrefix: 'login-group:' }

describe('issuedIdentity', () => {
  it('puts the prefixes of the issuer before all names', () => {
    assert.deepEqual(issuedIdentity({ sub: 'ana', groups: ['shops', 'system:masters'] }, terms), {
      ...{ kind: 'known', user: 'login:ana', groups: ['login-group:shops', 'login-group:system:masters'] },
    })
  })

  it('takes one group, and none', () => {
    const groups = (claims: object) => {
      const found = issuedIdentity({ sub: 'ana', ...claims }, terms)
      return found.kind === 'known' ? found.groups : found.why
    }
    assert.deepEqual(groups({ groups: 'shops' }), ['login-group:shops'])
    assert.deepEqual(groups({}), [])
    assert.deepEqual(groups({ groups: null }), [])
  })

  for (const [what, claims, change] of [
    ['a user of the cluster', { sub: 'tem:admin' }, { usernamePrefix: 'sys' }],
    ['a user of the cluster, without a prefix', { sub: 'system:admin' }, { usernamePrefix: '' }],
    ['a group of the cluster', { sub: 'ana', groups: ['shops', 'tem:masters'] }, { groupsPrefix: 'sys' }],
    ['a group of the cluster, without a prefix', { sub: 'ana', groups: 'system:masters' }, { groupsPrefix: '' }],
    ['a group of ours', { sub: 'ana', groups: ['nt:priority'] }, { groupsPrefix: 'kb' }],
    ['one of ours', { sub: 'kbnt:on-behalf' }, { usernamePrefix: '' }],
  ] as const)
    it(`knows nobody who would be ${what}`, () => {
      const found = issuedIdentity(claims, { ...terms, ...change })
      assert.equal(found.kind, 'refused')
      assert.match(found.kind === 'refused' ? found.why : '', /is a name that no issuer may give/)
    })

  for (const [what, claims] of [
    ['no name', {}],
    ['an empty name', { sub: '' }],
    ['a name that is none', { sub: { name: 'ana' } }],
    ['a list of names', { sub: ['ana'] }],
    ['a name of two lines', { sub: 'ana\nbob' }],
    ['a name with nothing in it', { sub: 'ana\0' }],
    ['a name with half a character', { sub: 'ana\ud800' }],
    ['a very long name', { sub: 'a'.repeat(257) }],
    ['groups that are none', { sub: 'ana', groups: [{ name: 'shops' }] }],
    ['groups of groups', { sub: 'ana', groups: [[['shops']]] }],
    ['a group without a name', { sub: 'ana', groups: [''] }],
    ['a number of groups', { sub: 'ana', groups: 7 }],
  ] as const)
    it(`knows nobody by ${what}`, () => {
      assert.equal(issuedIdentity(claims, terms).kind, 'refused')
    })

  it('goes by no address that the issuer says it has not verified', () => {
    const byEmail = { ...terms, usernameClaim: 'email' }
    const of = (verified?: unknown) => issuedIdentity({ email: 'a@b.c', email_verified: verified }, byEmail).kind
    assert.deepEqual([true, 'true', undefined].map(of), ['known', 'known', 'known'])
    for (const not of [false, 'false', 0, null, '', {}]) assert.equal(of(not), 'refused', JSON.stringify(not))
  })
})
