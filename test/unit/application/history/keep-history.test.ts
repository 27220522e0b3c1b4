import assert from 'node:assert/strict'
import type { FlowMessage } from '../../../../operator/application/flow/flow.ts'
import { keepHistory } from '../../../../operator/application/history/keep-history.ts'
import { eventFrom } from '../../../../operator/domain/event/event.ts'
import { recordEntry } from '../../../../operator/domain/event/record-entry.ts'
import { recordEventFrom } from '../../../../operator/domain/event/record-event.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryHistory } from '../../../fakes/in-memory-history.ts'
import { anEntry, tenOClock } from '../../../fixtures/builders.ts'
import { historyUid } from '../../../fixtures/history-rows.ts'

const context = {
  ...{ cluster: 'east', term: 1 },
  stock: { namespace: 'shop', name: 'grinder', uid: historyUid(1), product: 'grinder' },
}
const entry = (sequence: number) => anEntry({ sequence, quantity: 1, reserved: sequence })
const message = ({ headers, value }: Pick<ReturnType<typeof eventFrom>, 'headers' | 'value'>): FlowMessage => ({
  ...{ topic: 'audit', partition: 0, offset: 0n, headers, timestampMs: 0, value: Buffer.from(value) },
})
const event = (sequence: number) => message(eventFrom(entry(sequence), { ...context, texts: null }))
const record = (first: number, last: number) =>
  message(
    recordEventFrom(
      {
        ...{ first, last, at: tenOClock, tellsStock: false },
        entries: JSON.stringify(
          Array.from({ length: last - first + 1 }, (_, index) => recordEntry(entry(first + index), undefined)),
        ),
      },
      context,
    ),
  )
const nonsense = message({ headers: { ce_type: 'io.kbnt.stock.adjusted.v1' }, value: '{}' })
const machine = message({ headers: { ce_type: 'io.kbnt.machine.running.v1' }, value: '{}' })

function site() {
  const store = inMemoryHistory()
  const clock = fakeClock()
  const said: Record<string, unknown>[] = []
  const [stored, found]: [number[], string[]] = [[], []]
  const state = { notReady: undefined as string | undefined }
  const logger = { warn: (text: string, fields?: object) => said.push({ text, ...fields }) }
  const flow = keepHistory({
    ...{ store, clock, notReady: () => state.notReady, logger: logger as never },
    ...{ onStored: (rows) => stored.push(rows), onFinding: (kind) => found.push(kind) },
  })
  const run = async (...messages: FlowMessage[]) =>
    (await flow.together?.handle(messages, new AbortController().signal)) ?? []
  const sequences = () => [...store.rows.values()].map(({ sequence }) => sequence)
  return { ...{ store, clock, said, stored, found, state, flow, run, sequences } }
}

const kinds = (answers: readonly { readonly kind: string }[]) => answers.map(({ kind }) => kind)

describe('the flow history', () => {
  it('keeps single decisions and those of records alike, each once, in one go', async () => {
    const { run, sequences, store, stored } = site()
    assert.deepEqual(kinds(await run(event(1), record(2, 4), event(5), event(1), record(2, 4))), Array(5).fill('done'))
    assert.deepEqual(sequences(), [1, 2, 3, 4, 5])
    assert.deepEqual(store.calls, [9])
    assert.deepEqual(stored, [5])
  })

  it('has nothing to do with machines, and leaves what is no event to the dead letters, with the field named', async () => {
    const { run, sequences } = site()
    const answers = await run(event(1), nonsense, machine)
    assert.deepEqual(kinds(answers), ['done', 'dead', 'done'])
    assert.deepEqual(answers[1], {
      ...{ kind: 'dead', cause: 'Unreadable' },
      reason: 'balances is not given, and an object is needed',
    })
    assert.deepEqual(sequences(), [1])
  })

  it('stores no more at once than a transaction bears, and never half of a record', async () => {
    const { run, store } = site()
    await run(...Array.from({ length: 9 }, (_, index) => record(index * 300 + 1, index * 300 + 300)))
    assert.deepEqual(store.calls, [1_800, 900])
  })

  it('waits while the database is away, for certain, and has all of it then', async () => {
    const { run, store, sequences } = site()
    store.fail(new Error('connect ECONNREFUSED'))
    const answers = await run(event(1), nonsense, event(2))
    assert.deepEqual(answers[0], {
      ...{ kind: 'wait', certain: true, cause: 'DatabaseAway', reason: 'connect ECONNREFUSED' },
    })
    assert.deepEqual(kinds(answers), ['wait', 'dead', 'wait'])
    store.fail(undefined)
    assert.deepEqual(kinds(await run(event(1), event(2))), ['done', 'done'])
    assert.deepEqual(sequences(), [1, 2])
  })

  it('asks nothing of tables that are not ready, or not what it knows', async () => {
    const { run, store, state } = site()
    state.notReady = 'the tables of kbnt_history are not made yet'
    const [answer] = await run(event(1))
    assert.deepEqual(answer, { kind: 'wait', certain: true, cause: 'NotReady', reason: state.notReady })
    assert.deepEqual(store.calls, [])
  })

  it('finds the one that the database refuses, and keeps all others', async () => {
    const { run, store, sequences } = site()
    store.refuses(({ sequence }) => sequence === 4)
    const answers = await run(...[1, 2, 3, 4, 5, 6, 7].map(event))
    assert.deepEqual(kinds(answers), ['done', 'done', 'done', 'dead', 'done', 'done', 'done'])
    assert.deepEqual(answers[3], { kind: 'dead', cause: 'Refused', reason: 'the database refuses it' })
    assert.deepEqual(sequences().toSorted(), [1, 2, 3, 5, 6, 7])
  })

  it('stores fewer at once where the database takes too long for as many, and more again when it does not', async () => {
    const { run, store, sequences } = site()
    store.most = 300
    const records = Array.from({ length: 8 }, (_, index) => record(index * 200 + 1, index * 200 + 200))
    assert.deepEqual(kinds(await run(...records)), Array(8).fill('done'))
    assert.equal(sequences().length, 1_600)
    assert.deepEqual(store.calls.slice(0, 4), [1_600, 800, 400, 200])
    store.most = 100
    assert.deepEqual((await run(record(9_001, 9_200)))[0], {
      ...{ kind: 'wait', certain: true, cause: 'DatabaseSlow', reason: 'it took too long' },
    })
  })

  it('goes on after a finding, counts each, and says the first at once and the others seldom', async () => {
    const { run, found, said, clock } = site()
    assert.deepEqual(kinds(await run(event(1), event(3), event(5), event(7))), Array(4).fill('done'))
    assert.deepEqual(found, ['gap', 'gap', 'gap'])
    assert.equal(said.length, 1)
    assert.deepEqual(said[0], {
      text: 'the history of a stock has a finding; all are in the table finding',
      ...{ stockUid: historyUid(1), sequence: 3, kind: 'gap', first: 2, last: 2, findings: 1 },
    })
    await clock.advance(30_000)
    await run(event(9))
    assert.equal(said[1]?.['findings'], 3)
  })

  it('does the same for one message alone', async () => {
    const { flow, sequences } = site()
    assert.deepEqual(await flow.handle(event(1), new AbortController().signal), {
      ...{ kind: 'done', neighbour: 'database' },
    })
    assert.deepEqual(sequences(), [1])
  })
})
