import assert from 'node:assert/strict'
import type { StoredRecord } from '../../../../hack/bridge/formats.ts'
import { shelf } from '../../../../hack/bridge/shelf.ts'

const LONG_MS = 60_000

function records(partition: number, count: number): StoredRecord[] {
  const rest = { topic: 't', timestamp: '0', key: null, value: null, headers: [] }
  return Array.from({ length: count }, (_, index) => ({ ...rest, partition, offset: String(index) }))
}

/** A shelf, and what was taken of it, as `partition/offset`. */
function observed() {
  const taken: string[] = []
  const nameOf = ({ partition, offset }: StoredRecord) => `${partition}/${offset}`
  const made = shelf()
  return {
    ...made,
    taken,
    bring: (partition: number, count: number) =>
      made.hold({ records: records(partition, count), taken: (record) => taken.push(nameOf(record)) }),
    takes: async (most: number, withinMs: number) => (await made.take(most, withinMs)).map(nameOf),
  }
}

describe('The shelf of a consumer', () => {
  it('gives what it has at once, of all partitions, in the order of each', async () => {
    const { bring, takes, taken } = observed()
    bring(0, 2)
    bring(1, 1)
    assert.deepEqual(await takes(10, LONG_MS), ['0/0', '0/1', '1/0'])
    assert.deepEqual(taken, ['0/0', '0/1', '1/0'])
  })

  it('gives no more than is asked for, and keeps whoever brought the rest waiting', async () => {
    const { bring, takes } = observed()
    let isGone = false
    const { gone } = bring(0, 3)
    void gone.then(() => {
      isGone = true
    })
    assert.deepEqual(await takes(2, LONG_MS), ['0/0', '0/1'])
    assert.ok(!isGone)
    assert.deepEqual(await takes(2, LONG_MS), ['0/2'])
    await gone
  })

  it('gives who waits what comes', async () => {
    const { bring, takes } = observed()
    const waiting = takes(10, LONG_MS)
    bring(0, 0)
    bring(0, 1)
    assert.deepEqual(await waiting, ['0/0'])
  })

  it('gives nothing when the time is over', async () => {
    assert.deepEqual(await observed().takes(10, 1), [])
  })

  it('keeps nothing of what is taken away, and goes on', async () => {
    const { bring, takes, clear, taken } = observed()
    const { gone } = bring(0, 2)
    clear()
    await gone
    bring(1, 1)
    assert.deepEqual(await takes(10, LONG_MS), ['1/0'])
    assert.deepEqual(taken, ['1/0'])
  })

  it('answers who waits when it is closed, and holds nothing any more', async () => {
    const { bring, takes, close } = observed()
    const waiting = takes(10, LONG_MS)
    close()
    assert.deepEqual(await waiting, [])
    await bring(0, 1).gone
    assert.deepEqual(await takes(10, LONG_MS), [])
  })
})
