import assert from 'node:assert/strict'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { type HistorySite, heldBy, historySite } from './history-site.ts'

describe('a worker that finds tables of a version that it does not know', function () {
  this.timeout(180_000)
  let site: HistorySite
  before(async () => {
    site = await historySite((await testbed().ownPostgres()).url)
  })
  after(() => site?.end())

  const rows = async () => (await site.sql('SELECT 1 FROM kbnt_history.event')).length

  it('writes nothing, says why, and goes on where it was once they are as it knows them', async () => {
    const first = site.worker()
    await first.start()
    await site.send(heldBy(1, 1, 10))
    await site.untilKept(10)
    await first.stop()
    await site.sql('INSERT INTO kbnt_history.version (number, at, writers_from) VALUES (1000, now(), 1000)')

    const older = site.worker()
    await older.start()
    await site.send(heldBy(1, 11, 20))
    const told = await until('what is wrong', 60_000, async () => {
      const { status, text } = await older.health('/readyz?verbose')
      return status !== 200 && text.includes('of version 1000') ? text : undefined
    })
    assert.match(told, /which programs from version 1000 on may write, .*: a newer one has been here; run that one/)
    await older.untilLogged(
      ({ message, cause }) => message === "can't handle a message; tried again" && cause === 'NotReady',
    )
    assert.equal(await rows(), 10)

    await site.sql('DELETE FROM kbnt_history.version WHERE number = 1000')
    await site.untilKept(20)
    assert.equal(await rows(), 20)
    await older.stop()
  })
})
