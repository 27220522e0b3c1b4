import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { imageProgram } from '../../fixtures/image-program.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'rows-image'

describe('the operator as its image has it', function () {
  this.timeout(120_000)
  let directory: string
  let operator: OperatorProcess
  let database: pg.Client

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-image-'))
    const { kubectl, kubeconfigPath, ownPostgres } = testbed()
    const { url } = await ownPostgres()
    database = new pg.Client({ connectionString: url })
    await database.connect()
    await kubectl(['create', 'namespace', namespace])
    const databases = { default: { url, durability: 'local', allowUnencrypted: true } }
    const program = await imageProgram(directory)
    const settings = { leaderElection: calmLease, databases }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], program, settings })
    await operator.start()
  })
  after(async () => {
    await operator?.dispose()
    await database?.end()
    await rm(directory, { recursive: true, force: true })
  })

  it('makes the tables of its databases', () =>
    until('tables', 30_000, async () => {
      const { rows } = await database.query("SELECT to_regclass('kbnt.claim') IS NOT NULL AS made")
      return rows[0].made || undefined
    }))
})
