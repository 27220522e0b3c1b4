import assert from 'node:assert/strict'
import { keptFor, mustSuit } from '../../../../../operator/infrastructure/kafka/consumer/topic-terms.ts'

type Admin = Parameters<typeof mustSuit>[0]

function judged(
  terms: Readonly<Record<string, readonly [type: string, retentionMs: string]>> | Error,
  goesByAge: { readonly goesByAge?: true } = { goesByAge: true },
) {
  const warnings: string[] = []
  const admin = {
    async describeConfigs() {
      if (terms instanceof Error) throw terms
      const resources = Object.entries(terms).map(([resourceName, [type, retention]]) => {
        const entries = { 'message.timestamp.type': type, 'retention.ms': retention }
        const configEntries = Object.entries(entries).map(([configName, configValue]) => ({ configName, configValue }))
        return { resourceName, configEntries }
      })
      return { resources }
    },
  } as unknown as Admin
  const topics = {
    group: 'g',
    topics: ['asks'],
    retryTopic: 'again',
    deadLetterTopic: 'dead',
    delaysMs: [],
    ...goesByAge,
  }
  return {
    warnings,
    kept: () => keptFor(admin, topics.topics),
    suits: mustSuit(admin, topics, (message) => warnings.push(message)),
  }
}

describe('topics of a flow that goes by the age of messages', () => {
  it('suit where brokers date messages and the retry topic keeps them long enough', async () => {
    await judged({ asks: ['LogAppendTime', '1000'], again: ['CreateTime', '1000'] }).suits
    await judged({ asks: ['LogAppendTime', '1000'], again: ['CreateTime', '-1'] }).suits
  })

  it('do not where whoever writes dates them', async () => {
    const { suits } = judged({ asks: ['CreateTime', '1000'], again: ['CreateTime', '1000'] })
    await assert.rejects(suits, /whoever writes to asks dates its messages: set message.timestamp.type=LogAppendTime/)
  })

  for (const kept of ['-1', '1001'])
    it(`do not where the retry topic keeps less than a source that keeps ${kept}`, async () => {
      const { suits } = judged({ asks: ['LogAppendTime', kept], again: ['CreateTime', '1000'] })
      await assert.rejects(suits, /again keeps its records for less time than asks/)
    })

  it('tell how long they keep messages, where it is not for ever and brokers say it', async () => {
    const kept = (retention: string) =>
      judged({ asks: ['LogAppendTime', retention], again: ['LogAppendTime', '-1'] }).kept()
    assert.deepEqual(await kept('1000'), [{ topic: 'asks', ms: 1_000 }])
    assert.deepEqual(await kept('-1'), [])
    const { kept: unsaid, suits } = judged(new Error('not authorized'))
    await suits
    assert.deepEqual(await unsaid(), [])
  })

  it('are read by a flow that does not, which tells that its retry topic may lose what its source still has', async () => {
    const { suits, warnings } = judged({ asks: ['CreateTime', '1001'], again: ['CreateTime', '1000'] }, {})
    await suits
    assert.deepEqual(warnings, ['again keeps its records for less time than asks: raise its retention.ms'])
    const well = judged({ asks: ['CreateTime', '1000'], again: ['CreateTime', '1000'] }, {})
    await well.suits
    assert.deepEqual(well.warnings, [])
  })

  it('are read all the same where nobody says what they promise, which is told', async () => {
    const { suits, warnings } = judged(new Error('not authorized'))
    await suits
    assert.match(warnings.join(), /grant DescribeConfigs/)
  })
})
