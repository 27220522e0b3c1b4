import assert from 'node:assert/strict'
import { readSettings, SettingsError } from '../../../../operator/infrastructure/settings/read-settings.ts'

const folder = { folder: '/secrets/sales', tls: {} }
const url = 'postgres://kbnt@db.example:5432/kbnt'

function read(databases: unknown, env: Readonly<Record<string, string>> = {}) {
  const file = JSON.stringify({ databases })
  return readSettings({ argv: ['--config', 'f'], env, readFile: () => file }).databases
}

function faults(databases: unknown, env: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    read(databases, env)
  } catch (error) {
    assert.ok(error instanceof SettingsError)
    return error.faults
  }
  return assert.fail('nothing was wrong')
}

describe('databases in the settings', () => {
  it('are none unless they are set, durable and for all namespaces unless it is said', () => {
    assert.deepEqual(readSettings({ argv: [], env: {}, readFile: () => '' }).databases, {})
    const rest = {
      allowUnencrypted: false,
      durability: 'required',
      namespaces: '*',
      serves: 'stocks',
      maxOutboxBytes: 4_294_967_296,
      maxLiveReservations: 1_000_000,
    }
    assert.deepEqual(read({ sales: folder, other: { url } }), {
      sales: { ...folder, ...rest },
      other: { url, ...rest },
    })
  })

  it('may be for some namespaces, or for none', () => {
    const { a, b } = read({ a: { url, namespaces: ['shop', 'depot'] }, b: { url, namespaces: [] } })
    assert.deepEqual([a?.namespaces, b?.namespaces], [['shop', 'depot'], []])
  })

  it('have the one of --postgres and KBNT_POSTGRES_URL as default, for which one node is enough', () => {
    const { sales, default: tried } = read({ sales: folder }, { KBNT_POSTGRES_URL: url })
    assert.equal(sales?.durability, 'required')
    assert.deepEqual(tried, {
      url,
      durability: 'local',
      allowUnencrypted: false,
      namespaces: '*',
      serves: 'stocks',
      maxOutboxBytes: 4_294_967_296,
      maxLiveReservations: 1_000_000,
    })
    const byFlag = readSettings({ argv: ['--postgres', url], env: {}, readFile: () => '' }).databases
    assert.deepEqual(byFlag, { default: tried })
  })

  it('may log in without encryption where that is said', () => {
    assert.equal(
      read({ sales: { ...folder, tls: undefined, allowUnencrypted: true } })['sales']?.allowUnencrypted,
      true,
    )
  })

  const unencrypted =
    'f: databases.sales: would log in without encryption; set tls (tls: {} trusts public authorities), ' +
    'or allowUnencrypted: true if that is meant'
  const wrong: Readonly<Record<string, readonly [sales: unknown, sentence: string]>> = {
    'no place': [{}, 'f: databases.sales: has neither url nor folder; one of them has to say where it is'],
    'two places': [{ ...folder, url }, 'f: databases.sales: has both url and folder; leave one of them out'],
    'a login from files without TLS': [{ folder: '/x' }, unencrypted],
    'a login by a password without TLS': [{ url, passwordFile: '/x' }, unencrypted],
    'a password in the URL': [
      { url: 'postgres://kbnt:secret@db/x' },
      'f: databases.sales.url: has a password in it; put that into a file and name it in passwordFile',
    ],
    'parameters in the URL': [
      { url: `${url}?sslmode=disable` },
      'f: databases.sales.url: has parameters in it; end it before the question mark, and set encryption by tls',
    ],
    'a URL that is none': [
      { url: 'postgres://kbnt:secret@db:99999999/x' },
      'f: databases.sales.url: is not a URL of one host such as postgres://kbnt@db.example:5432/kbnt',
    ],
    'a URL of something else': [
      { url: 'mysql://db/x' },
      'f: databases.sales.url: "mysql://db/x" is not a URL of one host such as postgres://kbnt@db.example:5432/kbnt',
    ],
    'a URL of several hosts': [
      { url: 'postgres://kbnt@a:5432,b:5433/x' },
      'f: databases.sales.url: "postgres://kbnt@a:5432,b:5433/x" is not a URL of one host such as postgres://kbnt@db.example:5432/kbnt',
    ],
    'a password twice': [
      { ...folder, passwordFile: '/x' },
      'f: databases.sales.passwordFile: is in the folder already',
    ],
    'a certificate without a key': [
      { ...folder, tls: { certFile: '/x' } },
      'f: databases.sales.tls: keyFile is missing',
    ],
    'an unknown setting': [
      { ...folder, folders: '/x' },
      'f: databases.sales: unknown setting "folders"; did you mean folder?',
    ],
    'another durability': [
      { ...folder, durability: 'maybe' },
      'f: databases.sales.durability: "maybe" is not one of required, local',
    ],
    'a word for namespaces': [
      { ...folder, namespaces: 'shop' },
      'f: databases.sales.namespaces: "shop" is not "*" or a list of namespaces',
    ],
    'a namespace that can be none': [
      { ...folder, namespaces: ['Shop'] },
      'f: databases.sales.namespaces[0]: "Shop" is not the name of a namespace (lower case letters, digits, -)',
    ],
    'no settings': ['x', 'f: databases.sales: "x" is not a database with either url or folder'],
  }
  for (const [what, [sales, sentence]] of Object.entries(wrong))
    it(`may not have ${what}, and one sentence says so`, () => {
      assert.deepEqual(faults({ sales }), [`config ${sentence}`])
    })

  it('have names that a stock can write', () => {
    assert.deepEqual(faults({ Sales_1: folder }), [
      'config f: databases: "Sales_1" is not the name of a database (small letters, digits and dashes)',
    ])
  })

  it('name the variable where that is wrong', () => {
    assert.deepEqual(faults({}, { KBNT_POSTGRES_URL: 'db:5432' }), [
      'KBNT_POSTGRES_URL: "db:5432" is not a URL of one host such as postgres://kbnt@db.example:5432/kbnt',
    ])
  })
})
