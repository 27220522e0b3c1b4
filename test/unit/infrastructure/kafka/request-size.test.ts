import assert from 'node:assert/strict'
import type { Part } from '../../../../operator/infrastructure/kafka/request.ts'
import { requestSize } from '../../../../operator/infrastructure/kafka/request-size.ts'

const request = (bytes: number): Part[] => [
  { progress: { batch: { topic: 'a', messages: [] }, sent: 0 }, messages: [], bytes },
]

describe('the size of requests', () => {
  it('is halved before one is cut off: when it takes more than half of the time', () => {
    const size = requestSize(1_000, 10_000)
    size.answered(request(1_000), 4_900)
    assert.equal(size.mostBytes, 1_000)
    size.answered(request(1_000), 5_100)
    assert.equal(size.mostBytes, 500)
  })

  it('is half of what was lost, and one byte at least', () => {
    const size = requestSize(1_000, 10_000)
    size.lost([...request(300), ...request(100)])
    assert.equal(size.mostBytes, 200)
    for (let time = 0; time < 20; time += 1) size.lost(request(700))
    assert.equal(size.mostBytes, 1)
    size.lost([])
    assert.equal(size.mostBytes, 1)
  })

  it('grows to what it was with requests that fill it quickly, and with no others', () => {
    const size = requestSize(1_000, 10_000)
    size.lost(request(400))
    size.answered(request(90), 5)
    size.answered(request(200), 2_600)
    assert.equal(size.mostBytes, 200)
    size.answered(request(150), 2_400)
    assert.equal(size.mostBytes, 400)
    for (let time = 0; time < 5; time += 1) size.answered(request(1_000), 5)
    assert.equal(size.mostBytes, 1_000)
  })
})
