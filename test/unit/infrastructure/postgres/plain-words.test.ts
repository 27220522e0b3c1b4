import assert from 'node:assert/strict'
import { DatabaseError } from 'pg'
import { PlainFault, toldOf } from '../../../../operator/application/rows/failure.ts'
import { LedgerAway } from '../../../../operator/application/rows/order.ts'
import { NotWritten } from '../../../../operator/application/rows/row-books.ts'
import { explained, notWritten } from '../../../../operator/infrastructure/postgres/faults.ts'

const secret = 'db-7.internal.example'

function ofServer(code: string): DatabaseError {
  return Object.assign(new DatabaseError(`role "kbnt" of ${secret}: SELECT * FROM kbnt.claim`, 1, 'error'), { code })
}

function ofNetwork(code: string): Error {
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${secret}`), { code })
}

describe('What is told of a database that takes nothing', () => {
  const cases: readonly (readonly [string, Error, string])[] = [
    ['a host that is not found', ofNetwork('ENOTFOUND'), 'nobody answers at its address'],
    ['a pool that gives up', new Error('timeout exceeded when trying to connect'), 'nobody answers at its address'],
    ['another certificate', ofNetwork('ERR_TLS_CERT_ALTNAME_INVALID'), 'its certificate is not accepted'],
    ['a wrong password', ofServer('28P01'), 'it refuses the login'],
    ['a database that is not there', ofServer('3D000'), 'its server knows no database of that name'],
    ['too many connections', ofServer('53300'), 'all its connections are taken'],
    ['a full disk', ofServer('53100'), 'its disk is full'],
    ['a server that starts', ofServer('57P03'), 'it is starting, or about to end'],
    ['a statement that was cancelled', ofServer('57014'), 'it took too long'],
    ['whatever else', ofServer('XX000'), 'it refuses what is asked of it'],
  ]
  for (const [name, error, want] of cases) {
    it(`is plain, and the words themselves are for the log: ${name}`, () => {
      const thrown = notWritten(error)
      assert.equal(toldOf(thrown), want)
      assert.equal(thrown.message, error.message)
    })
  }

  it('says no more where nobody has found words for it', () => {
    for (const error of [ofServer('42P01'), new Error(secret), secret, undefined]) {
      assert.doesNotMatch(toldOf(explained(error) ?? error), new RegExp(`${secret}|SELECT`))
    }
    assert.doesNotMatch(toldOf(new Error(secret)), new RegExp(secret))
  })

  it('is the sentence itself where that is ours, through all hands', () => {
    const ours = 'this server is a replica, which takes no writes: name the primary'
    const wrapped = notWritten(notWritten(new PlainFault(ours)))
    assert.equal(toldOf(wrapped), ours)
    assert.equal(toldOf(new LedgerAway(wrapped.message, { told: toldOf(wrapped) })), ours)
    assert.equal(toldOf(new LedgerAway('nothing came')), 'nothing came')
    assert.equal(toldOf(new NotWritten('words', { told: 'plain' })), 'plain')
  })
})
