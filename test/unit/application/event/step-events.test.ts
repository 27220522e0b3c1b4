import assert from 'node:assert/strict'
import { type StepEvents, stepEvents } from '../../../../operator/application/event/step-events.ts'
import { machineEventFrom } from '../../../../operator/domain/event/machine-event.ts'
import type { Machine } from '../../../../operator/domain/machine/machine.ts'
import { type RecordedRelay, recordedRelay } from '../../../fakes/recorded-relay.ts'
import {
  afterSituations,
  aMachine,
  aRunningMachine,
  machineUid,
  providedBy,
  reservingSituation,
  someFacts,
  stopped,
  withCapacity,
} from '../../../fixtures/machine-builders.ts'

interface Outbox {
  readonly events: StepEvents<Machine>
  readonly relay: RecordedRelay
  /** The keys of which everything is out, each time. */
  readonly told: string[]
}

function outbox(): Outbox {
  const relay = recordedRelay()
  const told: string[] = []
  const events = stepEvents<Machine>({
    relay,
    eventFor: (machine, number) => ({
      ...machineEventFrom(machine, { cluster: 'eu-1', number, term: 1 }),
      topics: ['virtualization-events'],
    }),
    onPublished: (key) => void told.push(key),
  })
  return { events, relay, told }
}

/** The numbers of the steps that were sent. */
const numbers = ({ relay }: Outbox) => relay.ids.map((id) => Number(id.slice(machineUid.length + 1)))
const marked = (machine: Machine, published: number): Machine => ({
  ...machine,
  status: { ...machine.status!, published },
})

describe('stepEvents', () => {
  const up = aRunningMachine()
  const down = afterSituations(up, [providedBy(stopped()), withCapacity()])

  it('waits for no step that the history does not have, as where somebody has emptied it by hand', () => {
    const subject = outbox()
    const { status } = marked(up, 1)
    subject.events.send({ ...up, status: { ...status!, history: [] } })
    assert.deepEqual([numbers(subject), subject.events.published(machineUid)], [[], 4])
    subject.events.send(down)
    assert.deepEqual([numbers(subject), subject.events.published(machineUid)], [[5], 4])
  })

  it('sends each step once, in order, in the lane of its machine', () => {
    const subject = outbox()
    subject.events.send(up)
    subject.events.send(up)
    subject.events.send(down)
    assert.deepEqual(numbers(subject), [1, 2, 3, 4, 5])
    assert.deepEqual(subject.relay.lanes, [
      { uid: machineUid, key: 'team/web-1', count: 4 },
      { uid: machineUid, key: 'team/web-1', count: 1 },
    ])
  })

  it('has nothing to send of a machine of which nothing was said', () => {
    const subject = outbox()
    subject.events.send(aMachine())
    subject.events.send({ ...up, status: { ...up.status, steps: 0, history: [] } })
    assert.deepEqual([subject.relay.lanes, subject.events.published(machineUid)], [[], 0])
  })

  it('knows up to which step everything is out', () => {
    const subject = outbox()
    subject.events.send(up)
    assert.equal(subject.events.published(machineUid), 0)
    subject.relay.deliver(3)
    assert.equal(subject.events.published(machineUid), 3)
    assert.deepEqual(subject.told, [])
    subject.relay.deliver()
    assert.equal(subject.events.published(machineUid), 4)
    assert.deepEqual(subject.told, ['team/web-1'])
  })

  it('goes on after a restart from what the status says was published', () => {
    const subject = outbox()
    subject.events.send(marked(down, 3))
    assert.deepEqual(numbers(subject), [4, 5])
    assert.equal(subject.events.published(machineUid), 3)
  })

  it('sends again after a restart what nobody is known to have, with the same ids', () => {
    const [before, after] = [outbox(), outbox()]
    before.events.send(up)
    before.relay.deliver(2)
    after.events.send(up)
    assert.deepEqual(after.relay.ids, before.relay.ids)
  })

  it('sends nothing again because an older status is seen late', () => {
    const subject = outbox()
    const first = afterSituations(aMachine(), [reservingSituation, someFacts()])
    subject.events.send(down)
    subject.events.send(first)
    subject.events.send(up)
    assert.deepEqual(numbers(subject), [1, 2, 3, 4, 5])
  })

  it('forgets a machine that is gone, also while its events are on their way', () => {
    const subject = outbox()
    subject.events.send(up)
    subject.events.forget(machineUid)
    subject.relay.deliver()
    assert.equal(subject.events.published(machineUid), 0)
    subject.events.forget(machineUid)
  })

  it('keeps machines apart by uid, not by name', () => {
    const subject = outbox()
    subject.events.send(up)
    subject.events.send({ ...up, uid: 'another' })
    subject.relay.deliver(4)
    assert.deepEqual([subject.events.published(machineUid), subject.events.published('another')], [4, 0])
  })
})
