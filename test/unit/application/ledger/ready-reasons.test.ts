import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isUntrusted } from '../../../../operator/application/ledger/readiness.ts'
import { type ReadyReason, readyReasons } from '../../../../operator/application/ledger/ready-reasons.ts'
import { stockModes } from '../../../../operator/application/look-inside.ts'

const project = join(import.meta.dirname, '../../../..')
const names = Object.keys(readyReasons) as ReadyReason[]
const runbooks = names.flatMap((reason) => {
  const record = readyReasons[reason]
  return 'runbook' in record ? [record.runbook] : []
})

describe('the reasons for which a stock is not Ready', () => {
  it('are explained where people look, with a page that exists wherever something is to be done', () => {
    const page = readFileSync(join(project, 'docs/troubleshooting.md'), 'utf8')
    assert.deepEqual(
      names.filter((reason) => !page.includes(`\`${reason}\``)),
      [],
    )
    assert.ok(runbooks.length > 5)
    assert.deepEqual(
      runbooks.filter((name) => !existsSync(join(project, `docs/runbooks/${name}.md`))),
      [],
    )
  })

  it('are shown in a way that a look inside knows', () => {
    for (const reason of names) assert.ok(stockModes.includes(readyReasons[reason].shows), reason)
  })

  it('stop every decision where the books can’t be trusted, and only there', () => {
    const untrusted = names.filter((reason) => isUntrusted({ reason, message: '' }))
    const ofDatabases = ['NoSuchDatabase', 'DatabaseNotAllowed', 'DatabaseAway']
    assert.deepEqual(untrusted, ['StatusLost', ...ofDatabases, 'InvariantViolated', 'SchemaTooOld', 'InternalError'])
    assert.equal(isUntrusted(undefined), false)
  })

  it('are all in the description that kubectl explain shows', () => {
    const schema = readFileSync(join(project, 'crds/virtualstocks.kbnt.io.yaml'), 'utf8')
    assert.deepEqual(
      names.filter((reason) => !schema.includes(reason)),
      [],
    )
  })
})
