import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeProtectedHeader, type JWTHeaderParameters } from 'jose'
import { issuerKeys } from '../../../../operator/infrastructure/oidc/issuer-keys.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { anIssuer, type Issuer } from '../../../fixtures/issuer.ts'

describe('keys of an issuer', () => {
  let directory: string
  let issuer: Issuer

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-issuer-keys-'))
    issuer = await anIssuer({ directory })
  })
  after(async () => {
    await issuer.close()
    await rm(directory, { recursive: true, force: true })
  })

  const headerOf = async () => decodeProtectedHeader(await issuer.token()) as JWTHeaderParameters

  it('are found that come while those before them are looked through', async () => {
    const steady = fakeClock()
    const asked: { second?: Promise<unknown> } = {}
    const tick = () => {
      // asked when they have come, just before they count
      if (issuer.fetches() === 2 && !asked.second) {
        asked.second = Promise.resolve() // it asks for the time, too
        asked.second = find(changed)
      }
      return steady.tick()
    }
    const keys = issuerKeys({ jwksUri: issuer.jwksUri, caFile: issuer.caFile, clock: { tick } })
    const find = async (header: JWTHeaderParameters) => keys(header, { payload: '', signature: '' })
    await find(await headerOf())
    await issuer.rotate()
    await steady.advance(10_000)
    const changed = await headerOf()
    await find(changed)
    await assert.doesNotReject(asked.second as Promise<unknown>)
    assert.equal(issuer.fetches(), 2)
  })
})
