import assert from 'node:assert/strict'
import { tickOf } from '../../../../operator/application/clock.ts'
import { type Backlog, nextWriteAt } from '../../../../operator/application/ledger/pace.ts'

const idle: Backlog = {
  queued: 0,
  starved: false,
  othersStarve: false,
  journalLength: 0,
  done: 0,
  lastBatchSize: 0,
  lastTurnAt: tickOf(1_000),
  lastWriteAt: tickOf(1_000),
  lastDropAt: tickOf(1_000),
  resumeAt: tickOf(0),
}

describe('nextWriteAt', () => {
  const cases: readonly [string, Partial<Backlog>, number | undefined][] = [
    ['has nothing to write for an idle stock', {}, undefined],
    ['writes at once what a quiet stock is asked', { queued: 1 }, 1_000],
    ['gathers for 50 ms when the last write answered many', { queued: 1, lastBatchSize: 4 }, 1_050],
    ['gathers for 100 ms when the journal is large', { queued: 1, journalLength: 65, lastBatchSize: 4 }, 1_100],
    ['carries finished entries out after a while', { done: 1 }, 1_250],
    ['carries many out sooner', { done: 65, journalLength: 80 }, 1_100],
    ['makes room for those who wait for it', { queued: 9, starved: true, done: 1 }, 1_000],
    ['says after 5 s that nothing gets out', { queued: 9, starved: true }, 6_000],
    ['says so, too, where nobody is in line any more', { othersStarve: true }, 6_000],
    ['but serves who is in line', { queued: 1, othersStarve: true }, 1_000],
    ['looks again only now and then after that', { queued: 9, starved: true, lastTurnAt: tickOf(40_000) }, 45_000],
    ['waits where it must', { queued: 1, resumeAt: tickOf(9_000) }, 9_000],
  ]
  for (const [sentence, particular, want] of cases) {
    it(sentence, () => assert.equal(nextWriteAt({ ...idle, ...particular }), want))
  }
})
