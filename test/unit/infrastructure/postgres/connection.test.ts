import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { connectionConfig } from '../../../../operator/infrastructure/postgres/connection.ts'

describe('the connection to a database', () => {
  let directory: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kbnt-connection-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const file = (name: string, text: string): string => {
    const path = join(directory, name)
    writeFileSync(path, text)
    return path
  }
  const secret = (files: Readonly<Record<string, string>>): string => {
    for (const [name, text] of Object.entries(files)) file(name, text)
    return directory
  }
  const app = { host: 'sales-rw', port: '5433', dbname: 'kbnt', username: 'app', password: 'secret\n' }
  const url = 'postgres://kbnt@db.example:6000/tickets'

  it('is where the files of a Secret say', () => {
    const want = { host: 'sales-rw', port: 5_433, database: 'kbnt', user: 'app', password: 'secret' }
    assert.deepEqual(connectionConfig({ folder: secret(app) }), want)
  })

  it('takes the user of older Secrets, and the port that everybody has', () => {
    const { username: user, port: _, ...rest } = app
    const { user: found, port } = connectionConfig({ folder: secret({ ...rest, user }) })
    assert.deepEqual([found, port], ['app', 5_432])
  })

  for (const name of ['host', 'dbname', 'password', 'user'])
    it(`can't be made without the file ${name}, and says which is missing`, () => {
      const folder = secret({ host: 'h', dbname: 'd', password: 'p', user: 'u' })
      rmSync(join(folder, name))
      assert.throws(() => connectionConfig({ folder }), {
        message: new RegExp(`^the connection to the database needs ${folder}/${name}, which can't be read: ENOENT`),
      })
    })

  it('does not take a file that is there and unreadable for one that is missing', () => {
    const folder = secret({ host: 'h', dbname: 'd', password: 'p', user: 'u' })
    mkdirSync(join(folder, 'username'))
    assert.throws(() => connectionConfig({ folder }), /needs .*\/username, which can't be read: EISDIR/)
  })

  it('is where a URL says, with the password of a file', () => {
    assert.deepEqual(connectionConfig({ url, passwordFile: file('password', 's3cret\n') }), {
      ...{ host: 'db.example', port: 6_000, user: 'kbnt', database: 'tickets', password: 's3cret' },
    })
  })

  it('may be at an address of IPv6, on the usual port, for somebody with an odd name', () => {
    const { host, port, user } = connectionConfig({ url: 'postgres://a%40b@[fd00::1]/x' })
    assert.deepEqual([host, port, user], ['fd00::1', 5_432, 'a@b'])
  })

  it('has for the client what was set, whatever its URL says of passwords and encryption', () => {
    const passwordFile = file('password', 's3cret')
    const config = connectionConfig({ url: `${url}?sslmode=disable&password=other`, passwordFile, tls: {} })
    const client = new pg.Client(config)
    assert.deepEqual(
      [client.user, client.host, client.port, client.database, client.password],
      ['kbnt', 'db.example', 6_000, 'tickets', 's3cret'],
    )
    assert.deepEqual(client.ssl, { rejectUnauthorized: true })
  })

  it('checks the server, by the authorities that are given or by the public ones', () => {
    const [caFile, certFile, keyFile] = ['ca', 'cert', 'key'].map((name) => file(`${name}.pem`, name)) as [
      string,
      string,
      string,
    ]
    assert.deepEqual(connectionConfig({ url, tls: {} }).ssl, { rejectUnauthorized: true })
    assert.deepEqual(connectionConfig({ url, tls: { caFile, certFile, keyFile } }).ssl, {
      ...{ rejectUnauthorized: true, ca: 'ca', cert: 'cert', key: 'key' },
    })
    assert.equal('ssl' in connectionConfig({ url }), false)
  })

  it('is read afresh each time: what is rotated counts for the next connection', () => {
    const folder = secret(app)
    const caFile = file('ca.crt', 'old')
    const read = () => connectionConfig({ folder, tls: { caFile } })
    assert.equal(read().password, 'secret')
    file('password', 'rotated')
    file('ca.crt', 'new')
    assert.deepEqual([read().password, read().ssl], ['rotated', { rejectUnauthorized: true, ca: 'new' }])
  })

  it('names a certificate that can not be read', () => {
    const caFile = join(directory, 'gone.crt')
    assert.throws(() => connectionConfig({ url, tls: { caFile } }), /needs .*\/gone\.crt, which can't be read: ENOENT/)
  })
})
