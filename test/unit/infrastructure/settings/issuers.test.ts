import assert from 'node:assert/strict'
import { readSettings, SettingsError } from '../../../../operator/infrastructure/settings/read-settings.ts'

const login = {
  ...{ issuer: 'https://login.example', audience: 'kbnt-gateway', jwksUri: 'https://login.example/keys' },
  ...{ usernamePrefix: 'login:', groupsPrefix: 'login:' },
}
const other = { ...login, issuer: 'https://other.example', usernamePrefix: 'other:', groupsPrefix: 'other:' }

function read(...issuers: object[]) {
  const file = JSON.stringify({ gateway: { tokens: { issuers } } })
  return readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => file }).gateway.tokens
}

describe('issuers in the settings', () => {
  it('are none unless they are set, and have algorithms and claims of their own accord', () => {
    assert.deepEqual(readSettings({ argv: [], env: {}, readFile: () => '' }).gateway.tokens, { issuers: [] })
    const [first] = read(login, other).issuers
    assert.deepEqual(first, {
      ...{ ...login, algorithms: ['RS256', 'ES256'], usernameClaim: 'sub', groupsClaim: 'groups' },
      apiServerAudiences: [],
    })
  })

  for (const [what, issuers, says] of [
    ['no prefix', [{ ...login, usernamePrefix: undefined }], /usernamePrefix is missing/],
    ['an empty prefix', [{ ...login, groupsPrefix: '' }], /issuers\[0\]\.groupsPrefix: "" is not a prefix/],
    ['a prefix of the cluster', [{ ...login, usernamePrefix: 'system:login:' }], /begins names of the cluster/],
    ['a prefix of ours', [{ ...login, groupsPrefix: 'kbnt:' }], /begins names of the cluster/],
    ['the prefix of another', [login, { ...other, groupsPrefix: 'login:' }], /issuers\[1\]\.groupsPrefix: .*same name/],
    [
      'the beginning of another',
      [login, { ...other, usernamePrefix: 'log' }],
      /issuers\[1\]\.usernamePrefix: .*same name/,
    ],
    ['a prefix that goes on', [login, { ...other, usernamePrefix: 'login:x' }], /could begin the same name/],
    ['the name of another', [login, { ...other, issuer: login.issuer }], /issuers\[1\]\.issuer: .* is there twice/],
    ['keys without TLS', [{ ...login, jwksUri: 'http://login.example/keys' }], /jwksUri: .* is not an https URL/],
    ['a shared secret', [{ ...login, algorithms: ['HS256'] }], /"HS256" is not one of RS256/],
    ['no signature', [{ ...login, algorithms: ['none'] }], /"none" is not one of RS256/],
  ] as const)
    it(`may not have ${what}`, () => {
      assert.throws(
        () => read(...issuers),
        (error) => error instanceof SettingsError && says.test(error.message),
      )
    })
})
