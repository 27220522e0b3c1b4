import assert from 'node:assert/strict'
import { tellTooSmall } from '../../../../../operator/infrastructure/kafka/consumer/topic-sizes.ts'

type Admin = Parameters<typeof tellTooSmall>[0]

const MIB = 1024 * 1024
const KIB = 1024

/** What is told where topics take messages of so many bytes; a topic without any is one that brokers say nothing of. */
async function toldOf(sizes: Readonly<Record<string, number | undefined>> | Error, retryTopic?: string) {
  const told: string[] = []
  const admin = {
    async describeConfigs() {
      if (sizes instanceof Error) throw sizes
      const resources = Object.entries(sizes).map(([resourceName, bytes]) => ({
        resourceName,
        configEntries: bytes === undefined ? [] : [{ configName: 'max.message.bytes', configValue: String(bytes) }],
      }))
      return { resources }
    },
  } as unknown as Admin
  const topics = { group: 'g', topics: ['asks', 'orders'], deadLetterTopic: 'dead', delaysMs: [] }
  await tellTooSmall(admin, { ...topics, ...(retryTopic !== undefined && { retryTopic }) }, (message, fields) =>
    told.push(`${message} ${JSON.stringify(fields)}`),
  )
  return told
}

describe('topics that a flow puts messages aside in', () => {
  it('are not spoken of where they take the largest of its sources with 64 KiB of headers', async () => {
    assert.deepEqual(await toldOf({ asks: MIB, orders: 2 * MIB, dead: 2 * MIB + 64 * KIB }), [])
  })

  it('are told of where they take less, with what becomes of larger messages', async () => {
    const told = await toldOf({ asks: MIB, orders: 2 * MIB, dead: 2 * MIB, again: MIB }, 'again')
    assert.equal(told.length, 2)
    assert.match(
      told[0] ?? '',
      /^dead takes smaller messages than orders has: larger ones are cut there; raise its max/,
    )
    assert.match(told[0] ?? '', /"bytes":2097152,"neededBytes":2162688/)
    assert.match(told[1] ?? '', /^again takes smaller messages than orders has: larger ones are dead without a retry/)
  })

  it('are not held to be too small where brokers say nothing of them, which is told where they refuse to', async () => {
    assert.deepEqual(await toldOf({ asks: MIB, orders: undefined, dead: undefined }), [])
    assert.match(
      String(await toldOf({ asks: MIB, orders: undefined, dead: MIB })),
      /^dead .* smaller messages than asks/,
    )
    const [told, ...more] = await toldOf(new Error('not authorized'))
    assert.match(told ?? '', /max.message.bytes.* can't be read, so it is not checked; grant DescribeConfigs/)
    assert.deepEqual(more, [])
  })
})
