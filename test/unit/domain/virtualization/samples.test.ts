import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { requestNameOf } from '../../../../operator/domain/virtualization/identity.ts'
import { sha256 } from '../../../fixtures/request-builders.ts'

const folder = join(import.meta.dirname, '../../../../config/samples/requests')

describe('the samples of requests', () => {
  it('have the names that their messages would get', () => {
    const samples = globSync('*.yaml', { cwd: folder })
      .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((one) => one.toJS()))
      .filter(({ kind }) => kind === 'VirtualizationRequest')
    assert.ok(samples.length > 0)
    for (const { metadata, spec } of samples)
      assert.equal(metadata.name, requestNameOf(metadata.namespace, spec.messageId, sha256))
  })
})
